// One matrix: a table whose rows are anchors and whose columns are the other items. It is rebuilt when the number of items
// changes; otherwise cells are repainted in place, so that focus and hover stay where they are.
class Matrix {
  constructor(view, name, title) {
    this.view = view;
    this.name = name;
    this.title = title;
    this.cells = [];
    this.node = element("section", "panel");
    this.node.dataset.matrix = name;
    this.head = element("div", "head");
    this.caption = element("span", "title", title);
    this.note = element("span", "note");
    this.head.append(this.caption, this.note);
    this.frame = element("div", "frame");
    this.table = element("table");
    this.table.setAttribute("role", "grid");
    this.bands = ["row", "column", "cell"].map((kind) => element("div", `band ${kind}`));
    this.refusal = element("div", "refusal");
    this.frame.append(this.table, ...this.bands, this.refusal);
    this.node.append(this.head, this.frame);
    this.table.addEventListener("pointerover", (event) => this.at(event, (i, j) => view.point(i, j)));
    this.table.addEventListener("pointerdown", (event) => this.at(event, (i, j) => view.point(i, j)));
    this.table.addEventListener("focusin", (event) => this.at(event, (i, j) => view.point(i, j)));
    this.table.addEventListener("keydown", (event) => this.key(event));
  }

  at(event, act) {
    const cell = event.target.closest("td");
    if (cell) act(cell.parentNode.rowIndex - 1, cell.cellIndex - 1);
  }

  key(event) {
    const n = this.cells.length;
    let [i, j] = this.view.pair;
    if (event.key === "ArrowUp") i -= 1;
    else if (event.key === "ArrowDown") i += 1;
    else if (event.key === "ArrowLeft") j -= 1;
    else if (event.key === "ArrowRight") j += 1;
    else if (event.key === "Home") j = 0;
    else if (event.key === "End") j = n - 1;
    else return;
    event.preventDefault();
    event.stopPropagation();
    i = Math.max(0, Math.min(n - 1, i));
    j = Math.max(0, Math.min(n - 1, j));
    this.cells[i][j].focus({ preventScroll: true });
    this.view.point(i, j);
  }

  build(names) {
    const head = element("thead");
    const first = element("tr");
    const corner = element("th", "corner");
    corner.setAttribute("aria-label", "row: anchor, column: other item");
    first.append(corner);
    const body = element("tbody");
    this.columns = names.map(() => element("th"));
    this.columns.forEach((node) => node.setAttribute("scope", "col"));
    first.append(...this.columns);
    head.append(first);
    this.rows = [];
    this.cells = names.map((_, i) => {
      const row = element("tr");
      const header = element("th");
      header.setAttribute("scope", "row");
      this.rows.push(header);
      const cells = names.map((__, j) => {
        const cell = element("td", i === j ? "self" : "");
        cell.setAttribute("role", "gridcell");
        cell.tabIndex = -1;
        return cell;
      });
      row.append(header, ...cells);
      body.append(row);
      return cells;
    });
    this.table.replaceChildren(head, body);
  }

  // draw(cell, i, j) paints one pair and returns its value in words
  update(data, title, note, refused, draw) {
    const names = data.items.map((item) => item.name);
    if (names.length !== this.cells.length) this.build(names);
    names.forEach((name, k) => {
      this.columns[k].textContent = name;
      this.rows[k].textContent = name;
    });
    this.caption.textContent = title;
    this.note.textContent = this.note.title = note;
    this.table.setAttribute("aria-label", `${title}: row is the anchor, column the other item`);
    this.refusal.hidden = !refused;
    this.refusal.textContent = refused ? "refused, see above" : "";
    this.node.classList.toggle("refused", Boolean(refused));
    this.cells.forEach((row, i) => row.forEach((cell, j) => {
      let words = "the item itself";
      if (i === j || refused) {
        cell.replaceChildren();
        cell.removeAttribute("style");
        if (refused) words = "refused";
      } else words = draw(cell, i, j);
      cell.setAttribute("aria-label", `anchor ${names[i]}, other ${names[j]}: ${words}`);
    }));
  }

  fit(width, height) {
    this.node.style.setProperty("--cw", `${width}px`);
    this.node.style.setProperty("--ch", `${height}px`);
  }

  mark(i, j) {
    this.frame.style.setProperty("--i", i);
    this.frame.style.setProperty("--j", j);
    this.frame.style.setProperty("--n", this.cells.length);
    if (this.tab) this.tab.tabIndex = -1;
    this.tab = this.cells[i][j];
    this.tab.tabIndex = 0;
    this.rows.forEach((node, k) => node.classList.toggle("on", k === i));
    this.columns.forEach((node, k) => node.classList.toggle("on", k === j));
  }
}
