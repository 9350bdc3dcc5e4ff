// The batch, the matrices and the pair of the Relations page under one shared hover. __init__.py concatenates the other files
// before this one.
const MIN_HEIGHT = 400;
const MAX_HEIGHT = 900;
const LEAST_ZOOM = 0.8; // of the text
const MAX_CELL_WIDTH = 58;
const MAX_CELL_HEIGHT = 42;
const MAX_PART_CELL = 62;

class View {
  constructor(root) {
    this.pair = [0, 1];
    this.tallest = 0;
    this.height = MIN_HEIGHT;
    this.host = element("div", "relations");
    this.batch = new Batch(this);
    this.part = new Part(this);
    this.card = element("section", "pair");
    this.card.setAttribute("aria-live", "polite");
    this.card.setAttribute("aria-label", "the pair under the pointer");
    const left = element("div", "left");
    left.append(this.batch.node, this.card);
    this.matrices = {
      relation: new Matrix(this, "relation"),
      weightA: new Matrix(this, "weight A"),
      weightB: new Matrix(this, "weight B"),
      cosine: new Matrix(this, "cosine"),
      forceA: new Matrix(this, "force A"),
      forceB: new Matrix(this, "force B"),
    };
    this.panels = element("div", "panels");
    this.panels.append(...Object.values(this.matrices).map((matrix) => matrix.node));
    this.legend = element("div", "legend");
    const right = element("div", "right");
    right.append(this.panels, this.legend);
    this.main = element("div", "main");
    this.main.append(left, right);
    this.list = element("section", "list");
    this.list.addEventListener("pointerover", (event) => this.listed(event));
    this.list.addEventListener("focusin", (event) => this.listed(event));
    this.host.append(this.main, this.list);
    root.append(this.host);
    // the panels follow the width of the page; the height is measured while the page settles, then only when the window changes
    new ResizeObserver(() => (this.part.on ? this.measure() : this.fit())).observe(this.panels);
    for (const delay of [0, 100, 300, 700]) setTimeout(() => this.measure(), delay);
    setTimeout(() => { this.host.dataset.settled = "yes"; }, 800);
    const resized = () => (this.host.isConnected ? this.measure() : window.removeEventListener("resize", resized));
    window.addEventListener("resize", resized);
  }

  send(edit) { this.component.setStateValue("edit", edit); }

  undo() { this.component.setTriggerValue("undo", { batch: this.data.batch }); }

  show(component) {
    this.component = component;
    const fresh = !this.data || this.data.batch !== component.data.batch;
    // the pair follows its items, also when an item before them is removed
    const ids = this.pair.map((row) => this.data?.items[row]?.id);
    this.data = component.data;
    const n = this.data.items.length;
    if (!fresh) this.pair = ids.map((id, k) => {
      const row = this.data.items.findIndex((item) => item.id === id);
      return row < 0 ? this.pair[k] : row;
    });
    if (fresh && this.data.disagreements.length) this.pair = this.data.disagreements[0];
    if (this.part.take(this.data)) this.pair = this.data.part.pair;
    this.pair = this.pair.map((row) => Math.min(row, n - 1));
    this.palette = new Palette(this.host, this.data);
    this.host.style.setProperty("--attract", css(this.palette.attract));
    this.host.style.setProperty("--repel", css(this.palette.repel));
    this.batch.update(this.data);
    this.paint();
    this.writeLegend();
    this.writeList();
    this.fit();
    this.point(...this.pair);
    setTimeout(() => this.follow(), 200);
  }

  // A field or a line that came or went above the matrices gives them less height, or more.
  follow() {
    if (this.host.dataset.settled && Math.abs(this.top() - this.measuredTop) > 8) this.measure();
  }

  paint() {
    const { data, part, matrices } = this;
    const painters = cellPainters(data, this.palette);
    const update = (name, title, note, refused) => {
      if (painters[name] || refused) matrices[name].update(data, part.title(name, title), note, refused, painters[name]);
    };
    update("relation", "Relation", "row: anchor, column: other item", false);
    update("cosine", "Similarity", data.similarity_note, false);
    for (const method of data.methods) {
      const n = data.items.length;
      const positives = method.positive ? method.positive.flat().reduce((sum, on) => sum + on, 0) : 0;
      const count = method.positive ? `${positives} of ${n * (n - 1)} positive` : "";
      update(`weight${method.letter}`, `Weight ${method.letter}`, part.note(method, count), Boolean(method.refused));
      part.hatch(method);
      update(`force${method.letter}`, `Force ${method.letter}`, "− pulls, + pushes", Boolean(method.refused));
    }
  }

  // Every matrix marks the row and the column of the pair, the batch marks its two items, the card describes it.
  point(i, j) {
    this.pair = [i, j];
    Object.values(this.matrices).forEach((matrix) => matrix.node.hidden || matrix.mark(i, j));
    this.batch.mark(i, j);
    this.part.mirror(i, j);
    const words = this.part.on ? this.part.words(i, j) : pairWords(this.data, i, j);
    const heading = element("div", "heading");
    if (words.mark) heading.append(shape(words.mark));
    heading.append(element("strong", "", words.heading), element("span", "note", words.meaning || ""));
    this.card.replaceChildren(heading, ...words.lines.map(([name, text]) => {
      const line = element("div", name.length === 1 ? "line method" : "line");
      if (name) line.append(element("b", "", `${name} `));
      line.append(named("", text));
      return line;
    }));
    this.card.dataset.pair = `${i},${j}`;
    // the longest words so far set its height, so that what stands below does not move from pair to pair
    this.tallest = this.part.on ? 0 : Math.max(this.tallest, this.card.offsetHeight);
    this.card.style.minHeight = this.tallest ? `${this.tallest}px` : "";
    this.list.querySelectorAll("button").forEach((node) => node.classList.toggle("on", node.dataset.pair === `${i},${j}`));
  }

  writeLegend() {
    const entry = (kind, words, ...nodes) => {
      const node = element("span", `entry ${kind}`);
      node.append(...nodes, element("span", "", words));
      return node;
    };
    const group = (title, ...entries) => {
      const node = element("div", "group");
      node.append(element("b", "", title), ...entries);
      return node;
    };
    const swatch = (kind) => element("span", `swatch ${kind}`);
    this.legend.classList.toggle("whole", !this.part.on);
    if (this.part.on) {
      this.legend.replaceChildren(...this.part.legend().map((nodes) => {
        const node = element("span", "entry");
        node.append(...nodes);
        return node;
      }));
      return;
    }
    const marks = this.data.legend.map((code) => this.data.marks[code]).map((mark) => {
      const node = entry("mark", mark.brief, shape(mark));
      node.title = `${mark.where}: ${mark.name}, ${mark.symbol}`;
      return node;
    });
    this.legend.replaceChildren(
      group("The other item has, beside the anchor:", ...marks),
      group("Weights and forces are those of the row's anchor:", entry("", "· not a positive"), entry("", "pulls the two together", swatch("attract")),
        entry("", "pushes them apart", swatch("repel"))),
    );
  }

  writeList() {
    const { data } = this;
    this.list.hidden = this.part.on;
    if (this.part.on) return;
    const title = element("h4", "", "Where A and B disagree most");
    const reason = data.ranked_by === "force" ? "by the difference of their forces" : "no force differs, so by the difference of their weights";
    title.append(element("span", "note", ` ${reason}`));
    const list = element("ol");
    list.append(...data.disagreements.map(([i, j]) => {
      const button = element("button");
      button.type = "button";
      button.dataset.pair = `${i},${j}`;
      const mark = data.marks[data.relation[i][j]];
      const [a, b] = data.methods;
      const says = (method) => (method.positive[i][j] ? exact(method.weight[i][j]) : "none");
      button.append(
        shape(mark),
        named("who", `anchor ${data.items[i].name}, other ${data.items[j].name}`),
        element("span", "what", mark.brief),
        element("span", "", `weight A ${says(a)}, B ${says(b)}`),
        element("span", "", `force A ${exact(a.force[i][j], true)}, B ${exact(b.force[i][j], true)}`),
      );
      const entry = element("li");
      entry.append(button);
      return entry;
    }));
    const none = data.methods.some((method) => !method.weight) ? "One of the two is refused: nothing to compare." : "A and B agree on every pair.";
    this.list.replaceChildren(element("p", "note origin", data.origin), title, data.disagreements.length ? list : element("p", "note", none));
  }

  listed(event) {
    const button = event.target.closest("button");
    if (button) this.point(...button.dataset.pair.split(",").map(Number));
  }

  top() {
    const scroller = document.querySelector('[data-testid="stMain"]');
    return this.host.getBoundingClientRect().top + (scroller ? scroller.scrollTop : window.scrollY);
  }

  measure() {
    const top = this.measuredTop = this.top();
    const height = this.height = Math.max(MIN_HEIGHT, Math.min(MAX_HEIGHT, window.innerHeight - top - 12));
    // on a projector or a large screen the text grows with the matrices
    const zoom = this.part.on ? this.part.zoom() : Math.max(1, Math.min(1.35, height / 480, this.host.clientWidth / 1150));
    this.main.style.setProperty("--height", `${Math.floor(height)}px`);
    this.zoom(zoom);
    if (!this.part.on && getComputedStyle(this.list).display !== "none") return;
    // in a lesson nothing but the matrices stands here: the text shrinks until the window holds all of it
    const bottom = () => this.top() + this.host.getBoundingClientRect().height;
    for (let less = zoom - 0.04; less >= LEAST_ZOOM && bottom() > window.innerHeight - 10; less -= 0.04) this.zoom(less);
  }

  zoom(value) {
    this.host.style.setProperty("--zoom", value.toFixed(2));
    this.tallest = 0;
    this.card.style.minHeight = "";
    this.fit();
  }

  fit() {
    const panel = Object.values(this.matrices).find((matrix) => !matrix.node.hidden)?.frame;
    if (!this.data || !panel?.clientWidth) return;
    const n = this.data.items.length;
    const room = this.part.on ? this.height - this.part.below() : panel.clientHeight;
    const [widest, highest] = this.part.on ? [MAX_PART_CELL * 1.2, MAX_PART_CELL] : [MAX_CELL_WIDTH, MAX_CELL_HEIGHT];
    const corner = panel.querySelector(".frame .corner"); // it grows with the text
    const width = Math.min(widest, Math.floor((panel.clientWidth - (corner?.offsetWidth || 20)) / n));
    const height = Math.min(highest, Math.floor((room - (corner?.offsetHeight || 16)) / n), this.part.on ? Math.floor(width * 1.3) : highest);
    const size = Math.max(8.5, Math.min(this.part.on ? 22 : 15, height * 0.62, width * 0.42));
    this.panels.style.setProperty("--size", `${size}px`);
    Object.values(this.matrices).forEach((matrix) => matrix.fit(Math.max(12, width), Math.max(11, height)));
  }
}

const views = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  if (!views.has(root)) views.set(root, new View(root));
  views.get(root).show(component);
}
