// A part of the matrices, for a lesson: one or two of them, large, or one anchor with the others as a table. A payload asks for
// it by `part`: {only, anchor, titles}; `anchor` null: matrices.
const MATRIX_NAMES = ["relation", "weightA", "weightB", "cosine", "forceA", "forceB"];
const FACTORS = {
  similarity_factor: (data, i, j) => `${data.shared[i][j]}/${data.own[i]}`,
  dissimilarity_factor: (data, i, j) => `1/${1 + data.extra[i][j]}`,
};

class Part {
  constructor(view) {
    this.view = view;
    const row = (event) => {
      const line = event.target.closest("tbody tr");
      if (this.anchored && line && line.sectionRowIndex !== this.anchor) view.point(this.anchor, line.sectionRowIndex);
    };
    view.batch.table.addEventListener("pointerover", row);
    view.batch.table.addEventListener("focusin", row);
    // a pointer that rests where a card was opened points at nothing until it moves
    view.host.addEventListener("pointerover", (event) => this.rests() && event.stopPropagation(), true);
    view.host.addEventListener("pointermove", (event) => {
      if (!this.rests() || !(event.movementX || event.movementY)) return;
      this.moved = true;
      event.target.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    });
  }

  // Takes the part that a payload asks for; returns whether it is another one, whose pair is marked then.
  take(data) {
    const asked = JSON.stringify([data.batch, data.part || null]);
    const changed = asked !== this.asked;
    this.asked = asked;
    if (changed) this.moved = false;
    this.data = data;
    this.on = Boolean(data.part);
    this.only = this.on ? data.part.only : MATRIX_NAMES;
    this.anchor = this.on ? data.part.anchor : null;
    this.anchored = this.on && this.anchor !== null;
    const { main, panels, matrices } = this.view;
    main.classList.toggle("part", this.on);
    main.classList.toggle("anchored", this.anchored);
    main.classList.toggle("in-sets", this.anchored && this.inSets());
    main.classList.toggle("bare", this.anchored && !this.only.length);
    panels.style.setProperty("--panels", this.only.filter((name) => MATRIX_NAMES.includes(name)).length);
    Object.entries(matrices).forEach(([name, matrix]) => {
      matrix.node.hidden = this.anchored || !this.only.includes(name);
    });
    return this.on && changed;
  }

  rests() { return this.on && !this.moved; }

  // The text is as large as the page's, which grows when it is presented, but no column is pushed out of the page.
  zoom() {
    const large = Math.max(1, Math.min(1.4, window.innerHeight / 820));
    const text = (large * parseFloat(getComputedStyle(document.documentElement).fontSize)) / 14.5;
    return Math.max(0.8, Math.min(text, this.view.host.clientWidth / (this.inSets() ? 860 : 700)));
  }

  title(name, otherwise) { return (this.on && this.data.part.titles[name]) || otherwise; }

  // The columns beside the toggles of the batch, where one anchor is shown; label sets that cannot be edited are the first.
  columns() { return this.anchored ? [...(this.inSets() ? ["set"] : []), ...this.only] : []; }

  inSets() { return !this.data.labels.length; }

  head(name) {
    const node = element("th", `value ${name}`, name === "set" ? "labels" : this.title(name, name));
    node.scope = "col";
    return node;
  }

  // Fills the cells of item k in those columns.
  fill(cells, k) {
    const { data, anchor } = this;
    const painters = cellPainters(data, this.view.palette);
    const names = this.columns();
    cells.forEach((cell, column) => {
      const name = names[column];
      cell.removeAttribute("style");
      cell.textContent = k === anchor ? "" : "–";
      if (name === "set") cell.replaceChildren(named("", setOf(data, k)));
      else if (k === anchor) {
        if (name === this.only[0]) cell.append(element("span", "note", "the anchor"));
      } else if (name === "relation") {
        const mark = data.marks[data.relation[anchor][k]];
        this.view.palette.paint(cell, this.view.palette.relation(mark));
        const [brief, ...rest] = mark.sentence.split(": ");
        cell.replaceChildren(shape(mark), element("b", "", ` ${brief}`), element("span", "note", rest.length && !this.inSets() ? `: ${rest.join(": ")}` : ""));
      } else if (FACTORS[name]) cell.textContent = FACTORS[name](data, anchor, k);
      else if (painters[name]) painters[name](cell, anchor, k);
    });
  }

  legend() {
    const entries = [];
    if (this.data.labels.length) {
      entries.push([element("span", "swatch shared"), element("span", "", "a label of both, S and T")], [element("span", "swatch extra"), element("span", "", "a label of T alone")]);
    }
    if (this.anchored) return entries;
    if (this.only.includes("relation")) {
      entries.push(...this.data.legend.map((code) => this.data.marks[code]).map((mark) => [shape(mark), element("span", "", mark.sentence)]));
    }
    if (this.only.some((name) => name.startsWith("weight"))) entries.push([element("span", "", "· not a positive")]);
    if (this.only.some((name) => name.startsWith("force"))) {
      entries.push([element("span", "swatch attract"), element("span", "", "pulls together")], [element("span", "swatch repel"), element("span", "", "pushes apart")]);
    }
    return entries;
  }

  // The pair in words, as far as the part shows it: [heading, lines] as of pairWords.
  words(i, j) {
    const { data } = this;
    const name = (row) => data.items[row].name;
    const item = (row) => (this.inSets() ? name(row) : `item ${name(row)}`);
    const sets = [["", `anchor ${name(i)}:  S = ${setOf(data, i)}`], ["", `${item(j)}:  T = ${setOf(data, j)}`]];
    if (i === j) return { heading: `${item(i)} itself`, lines: [sets[0], ["", "An anchor is not compared with itself."]] };
    const lines = [...sets, ...this.values(i, j)];
    if (!data.relation) return { heading: `${item(j)} beside anchor ${name(i)}`, lines: [...lines, ...this.back(i, j)] };
    const mark = data.marks[data.relation[i][j]];
    const nested = mark.name === "superset" || mark.name === "subset";
    lines.splice(2, 0, ["", `${mark.symbol}: ${mark.meaning}${nested ? `; S is a ${mark.name} of T` : ""}.`]);
    if (nested && !this.anchored) lines.push(["", `The other way round (anchor ${name(j)}, item ${name(i)}): ${data.marks[mark.turned].sentence}.`]);
    return { heading: item(j), meaning: mark.sentence, mark, lines };
  }

  values(i, j) {
    const { data } = this;
    const lines = [];
    const count = (number) => (number === 1 ? "1 label" : `${number} labels`);
    if (data.similarity_factor) {
      lines.push(["", `Kˢ: T has ${data.shared[i][j]} of the anchor's ${count(data.own[i])}: ${fraction(data, "similarity_factor", i, j)}`]);
    }
    if (data.dissimilarity_factor) {
      lines.push(["", `Kᵈ: T has ${count(data.extra[i][j])} that the anchor lacks: ${fraction(data, "dissimilarity_factor", i, j)}`]);
    }
    for (const method of data.methods) {
      if (method.weight) {
        const made = method.product && data.dissimilarity_factor ? "Kˢ × Kᵈ = " : "";
        lines.push(["", `${this.title(`weight${method.letter}`, `weight ${method.letter}`)}: ${method.positive[i][j] ? made + exact(method.weight[i][j]) : "not a positive"}`]);
      }
      if (method.force) {
        const force = method.force[i][j];
        const effect = force < 0 ? "pulls together" : force > 0 ? "pushes apart" : "none";
        lines.push(["", `${this.title(`force${method.letter}`, `force ${method.letter}`)}: ${exact(force, true)} (${effect})`]);
      }
    }
    return lines;
  }

  // The weight with both items' parts exchanged, where the factors tell why it is another one.
  back(i, j) {
    const { data } = this;
    if (this.anchored || !data.similarity_factor) return [];
    return data.methods.filter((method) => method.weight).map((method) => ["", `The other way round (anchor ${data.items[j].name}, item ${data.items[i].name}): `
      + `Kˢ ${fraction(data, "similarity_factor", j, i)}, Kᵈ ${fraction(data, "dissimilarity_factor", j, i)}, weight ${method.positive[j][i] ? exact(method.weight[j][i]) : "none"}`]);
  }

  // Beside the title of a weight matrix: how many anchors starve, which have no positive.
  note(method, otherwise) {
    if (!this.on || !method.positive) return otherwise;
    if (!this.only.includes("weightB")) return "row: anchor, column: other";
    return `${method.positive.filter((row) => !row.some(Boolean)).length} of ${method.positive.length} anchors starve`;
  }

  // Hatches the rows of the anchors that starve.
  hatch(method) {
    const { cells } = this.view.matrices[`weight${method.letter}`];
    cells.forEach((row, i) => row[0].parentNode.classList.toggle("starved", this.on && Boolean(method.positive) && !method.positive[i].some(Boolean)));
  }

  // Marks the cell of the same two items with their parts exchanged.
  mirror(i, j) {
    for (const { cells } of Object.values(this.view.matrices)) {
      cells.forEach((row, k) => row.forEach((cell, l) => cell.classList.toggle("mirror", this.on && i !== j && k === j && l === i)));
    }
  }

  // Pixels that the legend and the pair's sentence take below the matrices.
  below() { return this.view.legend.offsetHeight + this.view.card.offsetHeight + 46; }
}

// "2/3 = 0.667", "2/2 = 1"
function fraction(data, name, i, j) {
  return `${FACTORS[name](data, i, j)} = ${exact(data[name][i][j])}`;
}

function setOf(data, row) {
  return data.items[row].set || asSet(labelsOf(data, row));
}
