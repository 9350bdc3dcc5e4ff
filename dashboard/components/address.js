// Streamlit adds an entry to the browser's history for every change of the address. Here the address follows the view, so
// a change of the quiet parameters alone (the step, which moves with the timeline) replaces the entry, and so does the
// first address of a page, which Streamlit has just entered without parameters.
const registry = (globalThis[Symbol.for("mlcl.address")] ??= { quiet: [], push: null, begun: false });
const SHOWN_MS = 2000;

function lasting(url) {
  const found = new URLSearchParams(url.search);
  for (const name of registry.quiet) found.delete(name);
  found.sort();
  return found.toString();
}

function entered(state, title, target) {
  const now = new URL(location.href), next = new URL(target, now);
  const same = next.pathname === now.pathname && ["", lasting(next)].includes(lasting(now));
  (same ? history.replaceState : registry.push).call(history, state, title, target);
}

if (!registry.push) {
  registry.push = history.pushState;
  history.pushState = entered;
}

function link(run) {
  const found = new URL(location.href);
  if (run && !found.searchParams.has("run")) found.searchParams.set("run", run);
  return found.href;
}

// A page that is not opened from this machine has no clipboard without https: the link is then shown, selected.
async function copy(button, field, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    field.value = text;
    field.hidden = false;
    button.hidden = true;
    field.focus();
    field.select();
    return;
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy link"; }, SHOWN_MS);
}

function build(parent) {
  const button = document.createElement("button"), field = document.createElement("input");
  Object.assign(button, { type: "button", textContent: "Copy link", title: "Copy the address of this view" });
  Object.assign(field, { readOnly: true, hidden: true, title: "Press Ctrl+C to copy" });
  field.setAttribute("aria-label", "The address of this view");
  button.setAttribute("aria-live", "polite");
  field.onblur = () => { field.hidden = true; button.hidden = false; };
  button.onclick = () => copy(button, field, link(parent.mlclRun));
  parent.append(button, field);
}

export default function ({ data, parentElement }) {
  registry.quiet = data.quiet;
  if (!registry.begun) {
    registry.begun = true;
    history.replaceState(history.state, "", location.pathname + (data.query && `?${data.query}`) + location.hash);
  }
  if (!parentElement.querySelector("button")) build(parentElement);
  parentElement.mlclRun = data.run;
}
