// Keeps a text under a name in this browser. The server is told once in each of its sessions what is kept, when another tab
// writes the name, and when nothing can be kept: storage may be switched off (then even reading throws) or full.
const MAX_LENGTH = 20000;
const registry = (globalThis[Symbol.for("mlcl.keep")] ??= { names: new Map(), listening: false });

function read(name) {
  try {
    const text = localStorage.getItem(name);
    return { there: true, text: text !== null && text.length <= MAX_LENGTH ? text : null };
  } catch {
    return { there: false, text: null };
  }
}

function write(name, text) {
  try {
    if (text === "null") localStorage.removeItem(name);
    else localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

function say(known, answer) {
  known.send("said", { session: known.session, number: known.number, ...answer });
}

if (!registry.listening) {
  registry.listening = true;
  addEventListener("storage", ({ key }) => {
    for (const [name, known] of registry.names) if (key === name || key === null) say(known, read(name));
  });
}

export default function ({ data, setTriggerValue }) {
  const { name, session, number, text } = data;
  const known = registry.names.get(name) ?? {};
  const opened = known.session !== session, written = number > 0 && (opened || known.number !== number);
  registry.names.set(name, Object.assign(known, { session, number, send: setTriggerValue }));
  if (written && !write(name, text)) say(known, { there: false, text: null });
  else if (opened) say(known, read(name));
}
