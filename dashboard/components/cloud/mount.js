// Short, because it ships with every frame: the drawing code and the items' names, labels and pictures come once, with the
// library component (cloud.js). Either of the two may arrive first.
export default function (component) {
  const registry = (globalThis[Symbol.for("mlcl.cloud")] ??= { waiting: new Map(), show: null, leave: null });
  if (registry.show) registry.show(component);
  else registry.waiting.set(component.parentElement, component);
  return () => (registry.leave ? registry.leave(component.parentElement) : registry.waiting.delete(component.parentElement));
}
