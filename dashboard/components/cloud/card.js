// The hover card and the sentence under the cloud. All words are inserted as text, never as HTML: labels are user input.
function element(tag, className, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

// A name or a label of any script, in its own writing direction.
function named(text, className = "name") {
  const node = element("span", className, text);
  node.dir = "auto";
  return node;
}

// "sea 1.6 + boat 0.4 = 2.0": the weights of the labels of both, by name.
function rareSum(weights, own, other) {
  const common = own.filter((name) => other.includes(name) && Object.hasOwn(weights, name));
  const sum = common.reduce((total, name) => total + weights[name], 0);
  const parts = common.map((name) => `${name} ${readable(weights[name], 2)}`).join(" + ");
  return common.length > 1 ? `${parts} = ${readable(sum, 2)}` : parts;
}

class Card {
  constructor(className = "card") {
    this.node = element("div", className);
    this.node.hidden = true;
    this.picture = element("canvas", "picture");
    this.picture.width = this.picture.height = 128;
    this.name = element("div", "name");
    this.text = element("div", "text");
    this.labels = element("div", "labels");
    // each script has its own writing direction
    for (const node of [this.name, this.text, this.labels]) node.dir = "auto";
    this.relation = element("div", "relation");
    this.numbers = element("div", "numbers");
    this.words = element("div", "words");
    this.words.append(this.name, this.text, this.labels, this.relation, this.numbers);
    this.node.append(this.picture, this.words);
  }

  fill(cloud, index) {
    const { items, header, arrays } = cloud;
    const entry = cloud.marks.legend.get(arrays.code[index]);
    this.picture.hidden = true;
    if (items) {
      items.drawPicture(this.picture, index);
      this.name.textContent = items.names[index] || `item ${items.ids[index]}`;
      this.text.textContent = items.texts[index] || "";
      // the name of a text without a title is its beginning
      if (this.text.textContent.startsWith(this.name.textContent.replace(/…$/, ""))) this.name.textContent = "";
      const labels = items.labels(index);
      this.labels.textContent = labels.length ? labels.join(", ") : "no labels";
    } else {
      this.name.textContent = this.text.textContent = this.labels.textContent = "";
    }
    this.relation.textContent = index === header.anchor ? "the anchor" : entry ? entry.sentence || entry.name : "";
    const pair = arrays.weight && index !== header.anchor;
    this.numbers.textContent = pair
      ? `weight ${readable(arrays.weight[index], 2)}   cosine ${readable(arrays.cosine[index], 2)}`
      : "";
    if (arrays.apart?.includes(index)) this.numbers.textContent = NO_DIRECTION;
  }

  place(x, y, width, height) {
    this.node.hidden = false;
    const w = this.node.offsetWidth;
    const h = this.node.offsetHeight;
    const left = x + 16 + w > width ? x - 16 - w : x + 16;
    const top = Math.min(Math.max(y - h / 2, 4), height - h - 4);
    this.node.style.transform = `translate(${Math.round(Math.max(left, 4))}px, ${Math.round(top)}px)`;
  }

  hide() { this.node.hidden = true; }
}

// "S = {..}  T = {..}  shared 2 of 2, extra 1  ->  K^s 1 x K^d 1/2 = weight 0.50, cosine 0.81, force -0.021 (pulls)"
class Sentence {
  constructor() {
    this.node = element("div", "sentence");
    this.node.setAttribute("aria-live", "polite");
    this.sets = element("div", "sets");
    this.sum = element("div", "sum");
    this.node.append(this.sets, this.sum);
  }

  fill(cloud, index) {
    const { items, header, arrays } = cloud;
    this.node.hidden = !header.sentence;
    if (!header.sentence) return;
    this.sets.replaceChildren();
    this.sum.replaceChildren();
    if (!items || header.anchor < 0 || index < 0 || index === header.anchor || !arrays.force) {
      this.sets.textContent = header.hint || "";
      return;
    }
    const forward = header.role !== "reference";
    const [s, t] = forward ? [header.anchor, index] : [index, header.anchor];
    this.part(this.sets, forward ? "anchor S = " : "S (that item, as anchor) = ", asSet(items.labels(s)));
    this.part(this.sets, forward ? "other T = " : "T (this item) = ", asSet(items.labels(t)));
    const entry = cloud.marks.legend.get(arrays.code[index]);
    if (entry) this.part(this.sets, entry.term ? `${entry.term}: ` : "", entry.sentence || entry.name);

    const labels = items.labels(s).length;
    const shared = arrays.shared[index];
    const extra = arrays.extra[index];
    this.part(this.sum, "shared ", `${shared} of ${labels}`);
    this.part(this.sum, "extra ", `${extra}`);
    if (header.label_weights) {
      const common = rareSum(header.label_weights, items.labels(s), items.labels(t));
      if (common) this.part(this.sum, "rare ", common);
    } else {
      this.part(this.sum, "Kˢ ", readable(arrays.similarity_factor[index], 2));
      this.part(this.sum, "Kᵈ ", readable(arrays.dissimilarity_factor[index], 2));
    }
    this.part(this.sum, header.product ? "→ Kˢ × Kᵈ = weight " : "→ weight by this run's rule ", readable(arrays.weight[index], 2));
    this.part(this.sum, "cosine ", readable(arrays.cosine[index], 3));
    const force = arrays.force[index];
    const effect = force < 0 ? "pulls together" : force > 0 ? "pushes apart" : "no force";
    this.part(this.sum, "force ", `${force < 0 ? "−" : force > 0 ? "+" : ""}${Math.abs(force).toPrecision(2)} (${effect})`)
      .classList.add(force < 0 ? "pulls" : force > 0 ? "pushes" : "still");
  }

  part(line, name, value) {
    const node = element("span", "part");
    node.append(element("span", "what", name), named(value, "value"));
    line.append(node);
    return node;
  }
}
