// Whether a key goes into a field, which may be inside a component.
function inField(event) {
  const node = event.composedPath()[0];
  if (!(node instanceof Element)) return false;
  return node.isContentEditable || node.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=range])");
}
