// Says what to do when the server does not answer. Streamlit writes the state of its connection on the app's element; its own
// notice names a command that is not the Lab's.
const PATIENCE_MS = 2500; // shorter interruptions are not reported
const registry = (globalThis[Symbol.for("mlcl.connection")] ??= { words: null, node: null, timer: 0, watching: null });

function say() {
  if (registry.node || !registry.words) return;
  const { title, text, command } = registry.words;
  const node = document.createElement("div");
  node.className = "mlcl-server-gone";
  node.setAttribute("role", "alert");
  const page = getComputedStyle(document.querySelector("[data-testid=stApp]"));
  Object.assign(node.style, {
    position: "fixed", left: "50%", bottom: "18px", transform: "translateX(-50%)", zIndex: 10000000, maxWidth: "min(46rem, 92vw)",
    padding: "12px 18px", borderRadius: "8px", border: "2px solid var(--mlcl-repel)", background: page.backgroundColor, color: page.color,
    colorScheme: page.colorScheme,
    font: "var(--mlcl-body)/1.45 system-ui, sans-serif", boxShadow: "0 6px 28px var(--mlcl-shadow)",
  });
  const head = document.createElement("strong");
  head.textContent = title;
  node.append(head, document.createElement("br"), text);
  if (command) {
    const code = document.createElement("code");
    code.textContent = command;
    code.style.fontFamily = "var(--mlcl-mono)";
    node.append(" ", code);
  }
  registry.node = document.body.appendChild(node);
  registry.hiding = setInterval(hideOther, 300);
  hideOther();
}

// Hides Streamlit's own notice.
function hideOther() {
  for (const dialog of document.querySelectorAll("[role=dialog]")) {
    if (!dialog.textContent.includes("Is Streamlit still running?")) continue;
    let whole = dialog;
    while (whole.parentElement !== document.body && !whole.parentElement.matches("#root, [data-testid=stApp]")) whole = whole.parentElement;
    whole.style.display = "none";
  }
}

function look(app) {
  const there = app.dataset.testConnectionState === "CONNECTED";
  if (there) {
    clearTimeout(registry.timer);
    clearInterval(registry.hiding);
    registry.timer = 0;
    registry.node?.remove();
    registry.node = null;
  } else if (!registry.timer) {
    registry.timer = setTimeout(say, PATIENCE_MS);
  }
}

export default function (component) {
  registry.words = component.data;
  const app = document.querySelector("[data-testid=stApp]");
  if (!app || registry.watching === app) return;
  registry.watching = app;
  new MutationObserver(() => look(app)).observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  look(app);
}
