// Plays a run from this file alone. It shows numbers and computes none: relations, weights, cosines, forces and scores were
// computed by the Lab. __init__.py puts the cloud's files before this one; the timeline is a module of its own.
const MAX_FOUND = 8;

const byId = (id) => document.getElementById(id);
const bytesOf = (id) => Uint8Array.from(atob(byId(id).textContent), (one) => one.charCodeAt(0));

// As pack() of dashboard/figures/wire.py.
function encodeMessage(header, arrays) {
  const types = new Map(Object.entries(ARRAY_TYPES).map(([name, type]) => [type, name]));
  const described = [];
  let size = 0;
  for (const [name, array] of Object.entries(arrays)) {
    size += -size & 7;
    described.push([name, types.get(array.constructor), array.length, size]);
    size += array.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: described }));
  const start = 8 + text.length + (-text.length & 7);
  const bytes = new Uint8Array(start + size).fill(32, 8, start);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, start - 8, true);
  bytes.set(text, 8);
  for (const [name, , , offset] of described) {
    const array = arrays[name];
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + offset);
  }
  return bytes;
}

// "0.0123", three digits, with a true minus sign.
function digits(value, signed = false) {
  if (!Number.isFinite(value)) return "–";
  const text = value === 0 ? "0" : Math.abs(value).toPrecision(3);
  return (value < 0 ? "−" : signed && value > 0 ? "+" : "") + text;
}

class Replay {
  constructor(itemBytes, message) {
    cloudLibrary({ data: itemBytes });
    this.header = message.header;
    this.arrays = message.arrays;
    this.digest = decodeMessage(itemBytes).header.digest;
    this.items = registry.items.get(this.digest);
    this.tables = new Tables(message);
    this.marks = new Map(this.header.marks.map((mark) => [mark.code, mark]));
    this.count = this.items.ids.length;
    this.anchor = this.header.anchor;
    this.focus = -1;
    this.colouring = this.header.colourings[0];
    const { steps, step } = this.header.timeline;
    this.frame = step === null ? steps.length - 1 : steps.indexOf(step);
    this.cloudRoot = byId("cloud").attachShadow({ mode: "open" });
    this.timeRoot = byId("timeline").attachShadow({ mode: "open" });
    this.build();
    this.show();
  }

  build() {
    const { title, facts, notes, settings, timeline } = this.header;
    byId("title").textContent = title;
    byId("facts").textContent = facts.join(" · ");
    byId("notes").replaceChildren(...notes.map((note) => element("li", "", note)));
    byId("settings").replaceChildren(
      ...settings.flatMap(([name, value]) => [element("dt", "", name), element("dd", "", value)]),
    );
    byId("colour").replaceChildren(...this.header.colourings.map(({ name, title: words }) => {
      const option = element("option", "", words);
      option.value = name;
      return option;
    }));
    byId("colour").addEventListener("change", (event) => {
      this.colouring = this.header.colourings.find(({ name }) => name === event.target.value);
      this.show();
    });
    byId("find").addEventListener("input", () => this.search());
    byId("find").addEventListener("keydown", (event) => {
      if (event.key === "Enter") byId("found").querySelector("button")?.click();
      if (event.key === "Escape") this.clearSearch();
    });
    byId("steps").replaceChildren(...this.tables.all.map((table) => {
      const button = element("button", "", `step ${table.step.toLocaleString("en")}`);
      button.type = "button";
      button.title = table.title;
      button.dataset.step = table.step;
      button.addEventListener("click", () => this.go(table.step));
      return button;
    }));
    const style = element("style", "", TIMELINE_CSS);
    this.timeRoot.append(style);
    this.times = { parentElement: this.timeRoot, data: timeline, setStateValue: (_, { step }) => this.move(step) };
    mlclTimeline(this.times);
    document.addEventListener("keydown", (event) => this.press(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.show());
  }

  // Left and right go from frame to frame, the space bar plays, wherever no other element takes the key.
  press(event) {
    if (event.target !== document.body || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " ") this.timeRoot.querySelector(".play").click();
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      this.timeRoot.querySelector(".slider").dispatchEvent(new KeyboardEvent("keydown", { key: event.key }));
    } else return;
    event.preventDefault();
  }

  move(step) {
    const { steps } = this.header.timeline;
    this.frame = step === null ? steps.length - 1 : steps.indexOf(step);
    this.show();
  }

  // To a step; the timeline follows.
  go(step) {
    const { data } = this.times;
    mlclTimeline({ ...this.times, data: { ...data, step, placed: (this.placed = (this.placed ?? data.placed) + 1) } });
    this.move(step);
  }

  choose(item) {
    this.anchor = item;
    this.focus = -1;
    this.clearSearch();
    this.show();
  }

  clearSearch() {
    byId("find").value = "";
    byId("found").hidden = true;
  }

  search() {
    const wanted = byId("find").value.trim().toLowerCase();
    const found = [];
    for (let item = 0; wanted && item < this.count && found.length < MAX_FOUND; item++) {
      const texts = [this.items.names[item], this.items.texts[item] || "", ...this.items.labels(item)];
      if (String(this.items.ids[item]) === wanted || texts.some((text) => text.toLowerCase().includes(wanted))) found.push(item);
    }
    byId("found").hidden = !wanted;
    byId("found").replaceChildren(...found.map((item) => this.foundLine(item)));
    if (wanted && !found.length) byId("found").append(element("li", "", "no item"));
  }

  foundLine(item) {
    const line = element("li", "");
    line.append(this.button(item, `${this.nameOf(item)} ${asSet(this.items.labels(item))}`));
    return line;
  }

  button(item, text) {
    const button = element("button", "item", text);
    button.type = "button";
    button.dir = "auto";
    button.title = `${text}: make it the anchor`;
    button.addEventListener("click", () => this.choose(item));
    return button;
  }

  nameOf(item) {
    return this.items.names[item] || `item ${this.items.ids[item]}`;
  }

  show() {
    this.showCloud();
    this.showAnchor();
    this.showPairs();
    byId("trust").textContent = this.header.trust[this.frame];
  }

  codes() {
    const { name } = this.colouring;
    if (name !== "relation") return this.arrays[`code.${name}`];
    return this.anchor < 0 ? new Uint8Array(this.count) : relationsTo(this.anchor, this.arrays, this.colouring);
  }

  showCloud() {
    const frame = this.header.frames[this.frame];
    const code = this.codes();
    const counts = new Map();
    for (const one of code) counts.set(one, (counts.get(one) || 0) + 1);
    const entries = this.colouring.legend.map((entry) => ({ ...entry, count: counts.get(entry.code) || 0 }));
    const arrays = { code, size: new Uint8Array(this.count).fill(this.colouring.size) };
    for (const name of ["xy", "stars", "apart"]) {
      const array = this.arrays[`frame${this.frame}.${name}`];
      if (array) arrays[name] = array;
    }
    const anchor = this.anchor < 0 ? "" : ` Anchor: ${this.nameOf(this.anchor)}.`;
    const colours = entries.map(({ count, name }) => `${count.toLocaleString("en")} ${name}`).join(", ");
    const header = {
      ...frame,
      items: this.digest,
      mode: this.colouring.mode,
      legend: entries,
      alt: `${frame.alt}${anchor} Colours: ${colours}.`,
      anchor: this.anchor,
      anchor_id: this.anchor < 0 ? null : this.items.ids[this.anchor],
      focus: this.focus,
      stamp: [this.frame, this.anchor, this.focus, this.colouring.name].join(" "),
    };
    registry.show({
      parentElement: this.cloudRoot,
      data: encodeMessage(header, arrays),
      setTriggerValue: (name, value) => { if (name === "picked") this.choose(this.items.ids.indexOf(value.id)); },
    });
  }

  showAnchor() {
    byId("side").hidden = this.anchor < 0;
    if (this.anchor < 0) return;
    const { items, anchor } = this;
    items.drawPicture(byId("picture"), anchor);
    items.ready?.then(() => items.drawPicture(byId("picture"), this.anchor));
    byId("name").textContent = this.nameOf(anchor);
    byId("about").textContent = `the anchor · ${this.header.split[anchor]} item · id ${items.ids[anchor]}`;
    byId("text").textContent = items.texts[anchor] || "";
    byId("labels").textContent = `S = ${asSet(items.labels(anchor))}`;
  }

  showPairs() {
    const step = this.header.timeline.steps[this.frame];
    const table = this.tables.at(step);
    const [at, now] = [table?.step, step].map((one) => one?.toLocaleString("en"));
    const where = table?.step === step ? `Table and map stand at step ${now}.` : `The table stands at step ${at}, the map at step ${now}.`;
    byId("stands").textContent = table ? `${where} ${table.title}` : this.header.untabled;
    for (const button of byId("steps").children) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.step) === table.step));
    }
    const pairs = table && !table.why && this.anchor >= 0 ? this.tables.pairs(table, this.anchor) : [];
    byId("pairs").hidden = !pairs.length;
    if (table && !pairs.length) byId("stands").textContent += ` ${table.why || this.header.forceless}`;
    byId("rows").replaceChildren(...pairs.map((pair) => this.row(pair)));
  }

  row({ other, relation, weight, cosine, force }) {
    const row = element("tr", force < 0 ? "pulls" : "pushes");
    const item = element("th", "");
    item.scope = "row";
    if (other < this.count) {
      item.append(this.button(other, this.nameOf(other)));
      const focus = () => { if (this.focus !== other) { this.focus = other; this.showCloud(); } };
      row.addEventListener("mouseenter", focus);
      row.addEventListener("focusin", focus);
      row.addEventListener("mouseleave", () => { this.focus = -1; this.showCloud(); });
    } else {
      item.append(named(this.header.stars[other - this.count])); // a prototype is no item
    }
    const mark = this.marks.get(relation);
    const words = element("td", "", mark ? mark.name : "");
    words.title = mark ? mark.sentence : "";
    row.append(item, words, ...[digits(weight), digits(cosine)].map((text) => element("td", "number", text)));
    row.append(element("td", "number force", digits(force, true)));
    Object.assign(row.dataset, { other, relation, weight, cosine, force });
    return row;
  }
}

globalThis.replay = new Replay(bytesOf("items"), decodeMessage(bytesOf("replay"))); // for tests and the browser console
