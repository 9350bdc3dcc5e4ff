// When the server does not answer, the page says what to do about it: only the browser can. Streamlit writes the state of
// its connection on the app's own element; its words for it name another command than the Lab's.
const PATIENCE_MS = 2500; // a reconnection of a moment is nobody's business
const shelf = (globalThis[Symbol.for("mlcl.connection")] ??= { words: null, node: null, timer: 0, watching: null });

function say() {
  if (shelf.node || !shelf.words) return;
  const { title, text, command } = shelf.words;
  const node = document.createElement("div");
  node.className = "mlcl-server-gone";
  node.setAttribute("role", "alert");
  const page = getComputedStyle(document.querySelector("[data-testid=stApp]"));
  Object.assign(node.style, {
    position: "fixed", left: "50%", bottom: "18px", transform: "translateX(-50%)", zIndex: 10000000, maxWidth: "min(46rem, 92vw)",
    padding: "12px 18px", borderRadius: "8px", border: "2px solid #d55e00", background: page.backgroundColor, color: page.color,
    font: "15px/1.45 system-ui, sans-serif", boxShadow: "0 6px 28px rgb(0 0 0 / 35%)",
  });
  const head = document.createElement("strong");
  head.textContent = title;
  node.append(head, document.createElement("br"), text);
  if (command) {
    const code = document.createElement("code");
    code.textContent = command;
    code.style.fontFamily = "ui-monospace, monospace";
    node.append(" ", code);
  }
  shelf.node = document.body.appendChild(node);
  shelf.hiding = setInterval(hideOther, 300);
  hideOther();
}

// Streamlit's own words for it name a command that is not the Lab's.
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
    clearTimeout(shelf.timer);
    clearInterval(shelf.hiding);
    shelf.timer = 0;
    shelf.node?.remove();
    shelf.node = null;
  } else if (!shelf.timer) {
    shelf.timer = setTimeout(say, PATIENCE_MS);
  }
}

export default function (component) {
  shelf.words = component.data;
  const app = document.querySelector("[data-testid=stApp]");
  if (!app || shelf.watching === app) return;
  shelf.watching = app;
  new MutationObserver(() => look(app)).observe(app, { attributes: true, attributeFilter: ["data-test-connection-state"] });
  look(app);
}
