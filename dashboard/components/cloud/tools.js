// The tool bar over the map: what a drag does, and steps of the selection once there is one.
const SHAPES = { // paths in a square of 24
  pan: "M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3",
  lasso: "M8 16c-3-1-5-3-5-5.5 0-3.5 4-6 9-6s9 2.5 9 6-4 6-9 6c-1 0-2 0-3-.3M9 16a2 2 0 1 1-3 2c0-1.5 1.5-2.5 3-2zM7 20c0 1-1 2-2 2",
  box: "M4 5h3M10 5h4M17 5h3v3M20 11v3M20 17v2h-3M14 19h-4M7 19H4v-3M4 13v-3M4 8V5",
  undo: "M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4",
  redo: "M16 5l4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h4",
  clear: "M6 6l12 12M18 6L6 18",
};
const MODIFIERS = "Shift adds to the selection, Alt takes away.";
const TOOLS = [
  ["pan", "Move the map (Esc). With Shift or Alt held a drag selects."],
  ["lasso", `Draw around points to select them (L). ${MODIFIERS}`],
  ["box", `Drag a box over points to select them (B). ${MODIFIERS}`],
];
const STEPS = [
  ["undo", "", "Undo the last step of the selection (Ctrl+Z)"],
  ["redo", "", "Redo (Ctrl+Shift+Z)"],
  ["all", "all", "Select all points"],
  ["invert", "invert", "Select what is not selected"],
  ["clear", "", "Clear the selection: no point is grey (an undo brings it back)"],
];

class ToolBar {
  constructor() {
    this.node = element("div", "tools");
    this.node.hidden = true;
    this.node.setAttribute("role", "toolbar");
    this.node.setAttribute("aria-label", "Selection");
    this.kinds = new Map(TOOLS.map(([name, title]) => [name, this.button(name, "", title)]));
    this.steps = new Map(STEPS.map(([name, text, title]) => [name, this.button(name, text, title)]));
    this.words = element("span", "words");
    this.words.setAttribute("role", "status");
    this.node.append(...this.kinds.values(), ...this.steps.values(), this.words);
  }

  button(name, text, title) {
    const button = element("button", "", text);
    button.type = "button";
    button.title = title;
    button.dataset.tool = name;
    button.setAttribute("aria-label", title.replace(/[ (:.].*/, ""));
    if (text) return button;
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", SHAPES[name]);
    picture.append(path);
    button.append(picture);
    return button;
  }

  listen(cloud) {
    this.kinds.forEach((button, name) => button.addEventListener("click", () => takeTool(cloud, name)));
    this.steps.forEach((button, name) => button.addEventListener("click", () => wish(cloud, name)));
  }

  fill(cloud, chosen) {
    const { selection, n } = cloud.header;
    this.node.hidden = !selection || !n;
    if (this.node.hidden) return;
    this.kinds.forEach((button, name) => button.setAttribute("aria-pressed", String(name === cloud.tool)));
    const waiting = wishes.waiting.length > 0;
    const there = { undo: selection.undo || waiting, redo: selection.redo && !waiting, all: true, invert: chosen >= 0, clear: chosen >= 0 };
    const any = chosen >= 0 || selection.undo || selection.redo;
    this.steps.forEach((button, name) => {
      button.hidden = !any && cloud.tool === "pan";
      button.disabled = !there[name];
    });
    const words = selectionInWords(chosen, n);
    if (this.words.textContent !== words) this.words.textContent = words;
  }
}

function takeTool(cloud, name) {
  cloud.tool = name;
  cloud.host.classList.toggle("selecting", name !== "pan");
  showSelection(cloud);
}
