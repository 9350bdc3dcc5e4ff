// The keys 1 to 9 choose an option of a question, wherever the focus is outside a field. A question is found by the class that
// Streamlit derives from its key.
const registry = (globalThis[Symbol.for("mlcl.guess_keys")] ??= { question: null, listening: false });

function options() { return [...document.querySelectorAll(`.${registry.question} input[type=radio]`)]; }

if (!registry.listening) {
  registry.listening = true;
  document.addEventListener("keydown", (event) => {
    if (!registry.question || event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key) || inField(event)) return;
    const option = options()[Number(event.key) - 1];
    if (!option || option.disabled) return;
    event.preventDefault();
    option.click();
  });
  // an option that was clicked would keep the focus, and take the arrow keys from Back and Next
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && registry.question) setTimeout(() => options().find((option) => option === document.activeElement)?.blur(), 0);
  });
}

export default function ({ data }) {
  const mine = registry.owner = {}; // the next one may be mounted before this one is taken away
  registry.question = data.question;
  return () => { if (registry.owner === mine) registry.question = null; };
}
