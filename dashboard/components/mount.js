// Ships with every frame, so it is short: the drawing code and the items' names, labels and pictures come once, with the
// library component (cloud.js), whichever of the two arrives first.
export default function (component) {
  const shelf = (globalThis[Symbol.for("mlcl.cloud")] ??= { waiting: new Map(), show: null, leave: null });
  if (shelf.show) shelf.show(component);
  else shelf.waiting.set(component.parentElement, component);
  return () => (shelf.leave ? shelf.leave(component.parentElement) : shelf.waiting.delete(component.parentElement));
}
