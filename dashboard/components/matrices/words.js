// Words and numbers of the Relations page. All words are inserted as text, never as HTML: labels are user input.
function element(tag, className, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== "") node.textContent = text;
  return node;
}

// A name, or a sentence with names in it, of any script, in its own writing direction.
function named(className, text) {
  const node = element("span", className, text);
  node.dir = "auto";
  return node;
}

// ".33", "1", "−.12", "+.10": fits into a cell of 20 pixels; signed numbers keep two digits, so that columns line up
function short(value, signed = false) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size >= 9.95 ? size.toFixed(0) : size >= 0.995 ? size.toFixed(1) : size >= 0.005 ? size.toFixed(2) : "0";
  return signMark(value, signed) + (signed ? digits : trim(digits)).replace(/^0\./, ".");
}

// "0.333", "1", "−0.021": for sentences; tiny numbers keep two digits
function exact(value, signed = false) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const digits = size === 0 ? "0" : size < 0.01 ? tiny(size) : trim(size.toFixed(3));
  return signMark(value, signed) + digits;
}

function tiny(size) {
  return size < 1e-6 ? "0.000001" : size.toFixed(Math.min(8, 1 - Math.floor(Math.log10(size))));
}

function trim(digits) {
  return digits.includes(".") ? digits.replace(/0+$/, "").replace(/\.$/, "") : digits;
}

function signMark(value, signed) {
  if (value < 0) return "−";
  return signed && value > 0 ? "+" : "";
}

function labelsOf(data, row) {
  return data.labels.filter((_, column) => data.items[row].labels[column]);
}

function asSet(names) {
  return names.length ? `{${names.join(", ")}}` : "{ } (no labels)";
}

// "rare = sea 1.6 + boat 0.4 = 2; ": the weights of the common labels, under a method that weighs labels.
function rareSum(data, method, i, j) {
  const weights = method.label_weights;
  if (!weights) return "";
  const common = data.labels.map((name, column) => [name, weights[column], column])
    .filter(([, , column]) => data.items[i].labels[column] && data.items[j].labels[column]);
  if (!common.length) return "";
  const sum = common.reduce((total, [, weight]) => total + weight, 0);
  const parts = common.map(([name, weight]) => `${name} ${exact(weight)}`).join(" + ");
  return `rare = ${parts}${common.length > 1 ? ` = ${exact(sum)}` : ""}; `;
}

// The clause about the pair (i, j) under one method.
function methodClause(data, method, i, j) {
  if (!method.weight) return "refused, see above";
  const weight = method.weight[i][j];
  const force = method.force[i][j];
  const positive = method.positive[i][j];
  const effect = force < 0 ? "pulls together" : force > 0 ? "pushes apart" : "none";
  const made = positive ? `${method.product ? "Kˢ × Kᵈ = " : rareSum(data, method, i, j)}weight ${exact(weight)}` : "not a positive";
  const already = positive && force > 0 ? "; already nearer than the loss asks" : "";
  return `${made}, force ${exact(force, true)} (${effect}${already})`;
}

// The pair in words: [heading, lines]; a line is [name, text].
function pairWords(data, i, j) {
  const name = (row) => data.items[row].name;
  if (i === j) {
    return {
      heading: `item ${name(i)} itself`,
      lines: [["", `S = ${asSet(labelsOf(data, i))}`], ["", "An anchor is never compared with itself: no weight, no force."]],
    };
  }
  const mark = data.marks[data.relation[i][j]];
  const own = labelsOf(data, i).length;
  const shared = data.shared[i][j];
  const extra = data.extra[i][j];
  const similarity = own ? `${shared}/${own} = ${exact(data.similarity_factor[i][j])}` : "0";
  const dissimilarity = `1/(1+${extra}) = ${exact(data.dissimilarity_factor[i][j])}`;
  const lines = [
    [`anchor ${name(i)}`, `S = ${asSet(labelsOf(data, i))}`],
    [`other ${name(j)}`, `T = ${asSet(labelsOf(data, j))}`],
    ["", `shared ${shared} of ${own}: Kˢ = ${similarity};  extra in T ${extra}: Kᵈ = ${dissimilarity};  cosine ${exact(data.cosine[i][j])}`],
    ...data.methods.map((method) => [method.letter, methodClause(data, method, i, j)]),
  ];
  const back = data.methods.filter((method) => method.weight)
    .map((method) => `${method.letter} ${method.positive[j][i] ? exact(method.weight[j][i]) : "not positive"}`);
  if (back.length) lines.push(["", `other way round (anchor ${name(j)}): weight ${back.join(", ")}`]);
  return { heading: mark.name, meaning: mark.sentence, mark, lines };
}
