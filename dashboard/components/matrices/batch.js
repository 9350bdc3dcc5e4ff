// The batch: a grid of toggles, one row per item, one column per label. An edit shows at once and goes to the server, which
// answers with the matrices; answers to any but the last edit leave the toggles alone.
class Batch {
  constructor(view) {
    this.view = view;
    this.key = null;
    this.edit = 0;
    this.items = [];
    this.active = [0, 0];
    this.node = element("section", "batch");
    this.table = element("table");
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-label", "the batch: the labels of each item");
    this.add = element("button", "add", "+ item");
    this.add.type = "button";
    this.add.title = "add an item";
    this.back = element("button", "add", "undo");
    this.back.type = "button";
    this.tools = element("div", "tools");
    this.tools.append(this.add, this.back);
    this.node.append(this.table, this.tools);
    this.back.addEventListener("click", () => this.view.undo());
    this.add.addEventListener("click", () => this.append());
    this.table.addEventListener("click", (event) => this.click(event));
    this.table.addEventListener("keydown", (event) => this.key_(event));
    this.shown = "";
  }

  update(data) {
    this.data = data;
    const late = data.batch === this.key && data.edit < this.edit;
    if (!late) {
      this.key = data.batch;
      this.edit = data.edit;
      this.items = data.items.map((item) => ({ ...item, labels: [...item.labels] }));
      this.newest = Math.max(this.newest || 0, ...this.items.map((item) => item.id));
    }
    this.draw();
  }

  draw() {
    const shape = JSON.stringify([this.key, this.data.labels, this.items.map((item) => item.id), this.view.part.columns()]);
    if (shape !== this.shown) this.build();
    this.shown = shape;
    const few = this.items.length <= this.data.min_items;
    this.back.hidden = this.data.undo === undefined;
    this.back.disabled = !this.data.undo;
    this.back.title = this.data.undo ? `undo ${this.data.undo}` : "nothing to undo";
    this.add.disabled = this.items.length >= this.data.max_items;
    this.items.forEach((item, i) => {
      this.removes[i].disabled = few;
      item.labels.forEach((on, l) => {
        this.toggles[i][l].setAttribute("aria-checked", on ? "true" : "false");
      });
      this.view.part.fill(this.values[i], i);
    });
    this.mark(...this.view.pair);
  }

  build() {
    const focused = this.table.contains(this.node.getRootNode().activeElement);
    const { labels } = this.data;
    const upright = labels.some((name) => name.length > 6) || labels.length > 6;
    this.node.classList.toggle("upright", upright);
    this.node.classList.toggle("pictured", this.items.some((item) => item.picture));
    const head = element("thead");
    const first = element("tr");
    const corner = element("th", "corner");
    first.append(corner, ...labels.map((name) => {
      const node = element("th");
      node.scope = "col";
      node.title = name;
      node.append(named("", name));
      return node;
    }), ...this.view.part.columns().map((name) => this.view.part.head(name)), element("th", "corner"));
    head.append(first);
    const body = element("tbody");
    this.rows = [];
    this.removes = [];
    this.values = [];
    this.toggles = this.items.map((item) => {
      const row = element("tr");
      const header = element("th", "item");
      header.scope = "row";
      header.append(element("span", "role"));
      if (item.picture) {
        const picture = element("img");
        picture.src = item.picture;
        picture.alt = "";
        header.append(picture);
      }
      header.append(named("name", item.name));
      if (item.title) header.title = item.title;
      const toggles = labels.map((name) => {
        const button = element("button", "toggle");
        button.type = "button";
        button.tabIndex = -1;
        button.setAttribute("role", "checkbox");
        button.setAttribute("aria-label", `item ${item.name}: ${name}`);
        const cell = element("td");
        cell.append(button);
        row.append(cell);
        return button;
      });
      row.prepend(header);
      const values = this.view.part.columns().map((name) => element("td", `value ${name}`));
      row.append(...values);
      this.values.push(values);
      const remove = element("button", "remove", "×");
      remove.type = "button";
      remove.title = `remove item ${item.name}`;
      remove.setAttribute("aria-label", remove.title);
      const last = element("td");
      last.append(remove);
      row.append(last);
      this.rows.push(row);
      this.removes.push(remove);
      body.append(row);
      return toggles;
    });
    this.table.replaceChildren(head, body);
    this.activate(...this.active, focused);
  }

  activate(i, l, focus) {
    if (!this.toggles.length || !this.toggles[0].length) return;
    this.active = [Math.max(0, Math.min(this.toggles.length - 1, i)), Math.max(0, Math.min(this.toggles[0].length - 1, l))];
    this.toggles.flat().forEach((button) => { button.tabIndex = -1; });
    const button = this.toggles[this.active[0]][this.active[1]];
    button.tabIndex = 0;
    if (focus) button.focus({ preventScroll: true });
  }

  key_(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || !event.target.classList.contains("toggle")) return;
    event.preventDefault();
    this.activate(this.active[0] + step[0], this.active[1] + step[1], true);
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const i = button.closest("tr").rowIndex - 1;
    if (button.classList.contains("remove")) {
      this.items.splice(i, 1);
    } else {
      const l = button.parentNode.cellIndex - 1;
      this.activate(i, l, true);
      this.items[i].labels[l] = this.items[i].labels[l] ? 0 : 1;
    }
    this.send();
  }

  append() {
    this.newest += 1;
    const labels = this.data.labels.map((_, l) => (l === 0 ? 1 : 0));
    this.items.push({ id: this.newest, name: String(this.newest), labels, picture: null, title: "" });
    this.send();
  }

  send() {
    this.edit += 1;
    this.draw();
    this.view.send({ batch: this.key, edit: this.edit, items: this.items.map(({ id, labels }) => ({ id, labels })) });
  }

  // Marks the two items of the pair as S and T, the labels they share, and the labels of T that S lacks.
  mark(i, j) {
    if (!this.rows || i >= this.items.length || j >= this.items.length) return;
    this.rows.forEach((row, k) => {
      row.classList.toggle("anchor", k === i);
      row.classList.toggle("other", k === j && i !== j);
      row.querySelector(".role").textContent = k === i ? "S" : k === j ? "T" : "";
      this.toggles[k].forEach((button, l) => {
        const s = this.items[i].labels[l];
        const t = this.items[j].labels[l];
        const pair = i !== j && (k === i || k === j);
        button.classList.toggle("shared", Boolean(pair && s && t));
        button.classList.toggle("extra", Boolean(pair && k === j && t && !s));
      });
    });
  }
}
