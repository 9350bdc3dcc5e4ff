// Enter in a text field, which Streamlit does not tell apart from typing. A field is found by the class that Streamlit derives
// from its key.
const registry = (globalThis[Symbol.for("mlcl.entered")] ??= { fields: new Map(), listening: false });

if (!registry.listening) {
  registry.listening = true;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("input")) return;
    for (const [name, send] of registry.fields) {
      if (event.target.closest(`.${name}`)) send("entered", { text: event.target.value });
    }
  }, true);
}

export default function ({ data, setTriggerValue }) {
  registry.fields.set(data.field, setTriggerValue);
}
