// One of the Lab's own drawings, never anything from a file or a person.
export default function ({ data, parentElement }) {
  if (parentElement.querySelector("svg")?.dataset.name === data.name) return;
  parentElement.querySelector("svg")?.remove();
  const drawn = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
  drawn.dataset.name = data.name;
  parentElement.append(document.importNode(drawn, true));
}
