// The + and - buttons of a number field, and its arrow keys, go to the next useful value; Streamlit's own go in equal steps. A
// field is found by the class that Streamlit derives from its key. Typed values are left as they are.
const registry = (globalThis[Symbol.for("mlcl.rungs")] ??= { fields: new Map(), listening: false });

function fieldOf(node) {
  for (let at = node; at instanceof Element; at = at.parentElement) {
    for (const name of at.classList) if (registry.fields.has(name)) return [at, registry.fields.get(name)];
  }
  return [null, null];
}

function next(rungs, value, up) {
  const least = 1e-9 * Math.max(Math.abs(value), 1e-6);
  return up ? rungs.find((rung) => rung > value + least) : rungs.findLast((rung) => rung < value - least);
}

// Acts as if the value had been typed and the field left, so that React notices both.
function put(input, value) {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, String(value));
  input.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => input.dispatchEvent(new FocusEvent("focusout", { bubbles: true })), 0);
}

function go(event, node, up) {
  const [field, rungs] = fieldOf(node);
  const input = field?.querySelector("input[type=number]");
  if (!input || input.disabled) return;
  event.preventDefault();
  event.stopPropagation();
  const value = next(rungs, Number(input.value), up);
  if (value !== undefined) put(input, value);
}

if (!registry.listening) {
  registry.listening = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-testid=stNumberInputStepUp], [data-testid=stNumberInputStepDown]");
    if (button) go(event, button, button.dataset.testid === "stNumberInputStepUp");
  }, true);
  document.addEventListener("keydown", (event) => {
    const way = { ArrowUp: true, ArrowDown: false }[event.key];
    if (way !== undefined && event.target.matches?.("input[type=number]")) go(event, event.target, way);
  }, true);
}

export default function (component) {
  for (const [name, rungs] of Object.entries(component.data ?? {})) registry.fields.set(name, rungs);
}
