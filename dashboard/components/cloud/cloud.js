// The live point cloud: one canvas for each key on the page, kept over all frames. __init__.py concatenates the other files
// and the constant CSS (the text of cloud.css) before this one.
const MOTION_MS = 300;
const MAX_RUNS = 6; // whose items are kept

class Cloud {
  constructor(root) {
    this.root = root;
    this.view = new View();
    this.marks = new Marks();
    this.card = new Card();
    this.pin = new Pin();
    this.sentence = new Sentence();
    this.arrows = new ArrowNote();
    this.tools = new ToolBar();
    this.tool = "pan"; // what a drag does: "pan", "lasso" or "box"
    this.drags = new Map(); // pointers that are down
    this.tiles = []; // pictures and texts that stand in place of points
    this.standing = new Set(); // their points
    this.gesture = null; // a lasso or a box under way
    this.header = null;
    this.items = null;
    this.off = new Set(); // classes that are greyed out by a click on the legend
    this.told = null; // the server's selection
    this.mask = null; // 1 for each selected point, 0 for others, which are grey; null: no selection
    this.hover = -1;
    this.frames = 0;
    this.motion = 0;
    this.build();
    listen(this);
    this.tools.listen(this);
    this.pin.listen(this);
  }

  build() {
    this.host = element("div", "mlcl");
    this.style = element("style", "", CSS);
    this.bar = element("div", "bar");
    this.legend = element("div", "legend");
    this.resetButton = element("button", "reset", "Reset");
    this.resetButton.type = "button";
    this.resetButton.title = "Show all points again (double click, or 0)";
    this.bar.append(this.legend);
    this.stage = element("div", "stage");
    this.canvas = element("canvas", "cloud");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application"); // the canvas handles arrow keys, not a screen reader
    this.canvas.setAttribute("aria-roledescription", "map of points");
    this.said = element("div", "said"); // the point reached by keyboard, read aloud by screen readers
    this.said.setAttribute("role", "status");
    this.said.dir = "auto";
    this.message = element("div", "message");
    this.foot = element("div", "foot");
    this.notes = element("div", "notes");
    this.status = element("div", "status");
    this.foot.append(this.notes, this.status);
    this.stage.append(this.canvas, this.said, this.foot, this.message, this.tools.node, this.resetButton, this.pin.node, this.card.node);
    this.host.append(this.style, this.bar, this.stage, this.arrows.node, this.sentence.node);
    this.root.append(this.host);
    this.context = this.canvas.getContext("2d");
    // for tests and the browser console
    this.canvas.placeOf = (id) => this.placeOf(id);
    this.canvas.selectedIds = () => (this.mask ? [...this.items.ids].filter((_, i) => this.mask[i]) : null);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    this.ratio = window.devicePixelRatio || 1;
    if (this.header && this.theme.scale !== textScale()) {
      this.readTheme();
      this.prepareMarks();
      this.fillLegend();
    }
    const [w, h] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) { this.canvas.width = w; this.canvas.height = h; }
    this.view.resize(width, height);
    this.paint(); // at once: a resized canvas is blank until it is drawn
  }

  readTheme() {
    const style = getComputedStyle(this.host);
    const read = (name, other) => style.getPropertyValue(name).trim() || other;
    this.theme = { text: read("--st-text-color", "#222"), page: read("--st-background-color", "#fff"), scale: textScale() };
  }

  receive(component) {
    this.send = component.setTriggerValue;
    this.readTheme();
    const bytes = component.data;
    if (bytes && bytes !== this.bytes) {
      this.bytes = bytes;
      const message = decodeMessage(bytes);
      if (message.header.stamp !== this.header?.stamp) this.accept(message);
    }
    this.refresh();
  }

  accept({ header, arrays }) {
    const before = this.header;
    const sameItems = before && before.items === header.items && before.n === header.n;
    const target = new Float32Array(2 * header.n);
    const [left, bottom, right, top] = header.box;
    for (let i = 0; i < header.n; i++) {
      target[2 * i] = left + (arrays.xy[2 * i] / 65535) * (right - left);
      target[2 * i + 1] = bottom + (arrays.xy[2 * i + 1] / 65535) * (top - bottom);
    }
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || document.documentElement.dataset.mlclMotion === "off";
    // two runs at one step, shown on one map, differ in their places alone
    const moved = !before || before.map !== header.map || before.step !== header.step || !sameItems
      || target.some((place, k) => place !== this.to[k]);
    if (sameItems && before.map === header.map && moved && !calm) {
      this.from = this.now.slice();
      this.start = performance.now();
    } else if (moved) {
      this.from = null;
    }
    if (before && (before.space !== header.space || !sameItems)) {
      this.view.byHand = false; // another run or map: the old window does not apply
      this.view.fitted = null;
      this.hover = -1;
      this.card.hide();
      endDrags(this); // a lasso speaks of points that are gone
    }
    if (!sameItems || before.run !== header.run) unpin(this);
    this.told = readMask({ header, arrays });
    this.joining = !before || before.space !== header.space;
    this.to = target;
    if (!this.from) this.now = target;
    this.header = header;
    this.arrays = arrays;
    this.pending = -1;
    if (before && before.mode !== header.mode) this.off.clear();
    if (header.n && !this.gesture) this.view.follow(header.extent || header.box);
    if (moved && header.n) this.frames += 1;
    if (header.selection) answered(header.selection.seen);
  }

  refresh() {
    if (!this.header) return;
    const { header, canvas } = this;
    this.items = withEdits(registry.items.get(header.items) || null, header.edits);
    this.arrows.fill(this);
    this.prepareMarks();
    this.fillLegend();
    canvas.setAttribute("aria-label", `${header.alt} ${KEYS_HELP}${header.selection ? SELECTION_KEYS_HELP : ""}`);
    Object.assign(canvas.dataset, {
      framesReceived: this.frames, step: header.step, run: header.run, anchor: header.anchor_id ?? "", map: header.map,
      points: header.n,
    });
    this.status.textContent = header.status;
    this.message.textContent = header.n ? "" : header.empty;
    this.host.classList.toggle("with-sentence", Boolean(header.sentence));
    const shown = this.hover >= 0 && this.hover < header.n ? this.hover : header.focus;
    this.sentence.fill(this, shown);
    if (!this.card.node.hidden && this.hover >= 0) this.card.fill(this, this.hover);
    if (this.pin.index >= 0) this.pin.fill(this, this.pin.index);
    post(); // what waits for the ids of the items
    showSelection(this);
    this.resize();
    if (this.joining) joinGroup(this);
    this.joining = false;
    this.draw();
  }

  prepareMarks() { this.marks.prepare(this.header.legend, this.theme, window.devicePixelRatio || 1, this.mask !== null); }

  fillLegend() {
    const signature = JSON.stringify([this.header.legend, [...this.off], this.theme, this.marks.signature.length]);
    if (signature === this.legendSignature) return;
    this.legendSignature = signature;
    const focused = [...this.legend.children].indexOf(this.root.activeElement);
    this.legend.replaceChildren(...this.header.legend.map((entry) => {
      const button = element("button", "entry");
      button.type = "button";
      button.title = entry.term ? `${entry.sentence} (${entry.term})` : entry.meaning || "Click to grey these points out, and again to bring them back";
      button.setAttribute("aria-pressed", String(!this.off.has(entry.code)));
      button.append(this.marks.legendIcon(entry), named(entry.name), element("span", "count", entry.count.toLocaleString("en")));
      button.addEventListener("click", () => {
        if (!this.off.delete(entry.code)) this.off.add(entry.code);
        this.fillLegend();
        this.draw();
      });
      return button;
    }));
    if (focused >= 0) this.legend.children[focused]?.focus();
  }

  draw() {
    if (this.motion) return;
    this.motion = requestAnimationFrame(() => { this.motion = 0; this.paint(); });
  }

  paint() {
    if (!this.header || !this.canvas.width) return;
    if (this.from) {
      const t = Math.min((performance.now() - this.start) / MOTION_MS, 1);
      this.eased = t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t);
      if (t < 1) {
        this.now = between(this.from, this.to, this.eased);
        this.draw();
      } else {
        this.from = null;
        this.now = this.to;
      }
    }
    const { context, view, now, header } = this;
    points.draw(this, this.mask);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!header.n) return;
    drawTiles(this);
    drawRings(this);
    drawApart(this);
    drawMarked(this);
    drawLabelNames(this);
    drawStars(this);
    drawNeighbours(this);
    drawArrows(this);
    drawTrail(this);
    if (header.focus >= 0 && header.focus !== header.anchor) this.ring(header.focus, 10, [4, 3]);
    if (header.anchor >= 0) this.standing.has(header.anchor) ? this.ring(header.anchor, AROUND_TILE, []) : this.ring(header.anchor, 11, [], true);
    if (this.pending >= 0) this.ring(this.pending, 12, [3, 3]);
    if (this.hover >= 0 && this.hover < header.n) this.ring(this.hover, 9, []);
    if (!this.card.node.hidden && this.hover >= 0 && this.hover < header.n) {
      this.card.place(...view.toScreen(now[2 * this.hover], now[2 * this.hover + 1]), view.width, view.height);
    }
    fillNotes(this);
    drawGesture(this);
    placePin(this);
    this.canvas.dataset.view = view.text();
  }

  ring(index, radius, dash, strong = false) {
    const { context, ratio } = this;
    const [x, y] = this.view.toScreen(this.now[2 * index], this.now[2 * index + 1]);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.setLineDash(dash);
    radius *= this.theme.scale;
    for (const [colour, width] of [[this.theme.page, strong ? 6 : 4], [this.theme.text, strong ? 2.6 : 1.8]]) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
    if (strong) {
      context.beginPath();
      context.arc(x, y, 4.5 * this.theme.scale, 0, 2 * Math.PI);
      context.fillStyle = this.theme.text;
      context.fill();
    }
    context.setLineDash([]);
  }

  placeOf(id) {
    const index = this.items ? this.items.ids.indexOf(id) : -1;
    if (index < 0) return null;
    const [x, y] = this.view.toScreen(this.to[2 * index], this.to[2 * index + 1]);
    return { index, x, y };
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.motion);
    clearTimeout(this.timer);
    points.close(this);
  }
}

function between(from, to, eased) {
  const now = new Float32Array(to.length);
  for (let k = 0; k < now.length; k++) now[k] = from[k] + (to[k] - from[k]) * eased;
  return now;
}

registry.show = (component) => {
  const root = component.parentElement;
  let cloud = registry.clouds.get(root);
  if (!cloud) registry.clouds.set(root, (cloud = new Cloud(root)));
  cloud.receive(component);
};

// Streamlit also calls this for a frame that was overtaken: only a cloud that has left the page is closed.
registry.leave = (root) => setTimeout(() => {
  const cloud = registry.clouds.get(root);
  if (!cloud || cloud.host.isConnected) return;
  cloud.close();
  registry.clouds.delete(root);
}, 0);

// The library component itself: draws nothing, keeps the items of the last runs.
export default function (component) {
  const message = component.data?.length ? decodeMessage(component.data) : null;
  if (message && !registry.items.has(message.header.digest)) {
    const items = new Items(message);
    registry.items.set(message.header.digest, items);
    while (registry.items.size > MAX_RUNS) registry.items.delete(registry.items.keys().next().value);
    items.ready?.then(() => registry.clouds.forEach((cloud) => cloud.refresh()));
  }
  registry.waiting.forEach((waiting) => registry.show(waiting));
  registry.waiting.clear();
  registry.clouds.forEach((cloud) => cloud.refresh());
}
