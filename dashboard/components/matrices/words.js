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

function asSet(names, empty = "{ } (no labels)") {
  return names.length ? `{${names.join(", ")}}` : empty;
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

// "Kˢ × Kᵈ = ", where the weight is made of them.
const MADE_OF = { both: "Kˢ × Kᵈ = ", similarity: "Kˢ = ", dissimilarity: "Kᵈ = " };

// How the weight of a positive pair comes about, before the weight itself.
function makes(data, method, i, j) {
  if (method.factors !== "symmetric") return MADE_OF[method.factors] || rareSum(data, method, i, j);
  const [both, onlyS, onlyT] = sets(data, i, j).map((names) => names.length);
  const apart = onlyS + onlyT;
  return `|S ∩ T| / |S ∪ T| × 1 / (1 + |S △ T|) = ${both}/${both + apart} × 1/(1+${apart}) = `;
}

// The clause about the pair (i, j) under one method.
function methodClause(data, method, i, j) {
  if (!method.weight) return "refused, see above";
  const weight = method.weight[i][j];
  const force = method.force[i][j];
  const positive = method.positive[i][j];
  const effect = force < 0 ? "pulls together" : force > 0 ? "pushes apart" : "none";
  const made = positive ? `${makes(data, method, i, j)}weight ${exact(weight)}` : "not a positive";
  const already = positive && force > 0 ? "; already nearer than the loss asks" : "";
  return `${made}, force ${exact(force, true)} (${effect}${already})`;
}

// Labels of both, of the anchor alone, of the other item alone.
function sets(data, i, j) {
  const [s, t] = [labelsOf(data, i), labelsOf(data, j)];
  return [s.filter((name) => t.includes(name)), s.filter((name) => !t.includes(name)), t.filter((name) => !s.includes(name))];
}

// The two factors of the pair (i, j), for methods whose weight they make; by some code the other item is the one with S.
function factorLines(data, i, j) {
  const used = data.methods.filter((method) => method.weight && method.factors && method.factors !== "symmetric");
  const roles = [...new Set(used.map((method) => method.roles))];
  return roles.flatMap((role) => {
    const turned = role === "reference";
    const [a, b] = turned ? [j, i] : [i, j];
    const of = used.filter((method) => method.roles === role);
    const has = (factor) => of.some((method) => method.factors === "both" || method.factors === factor);
    const own = labelsOf(data, a).length;
    const whose = turned ? " (here S is the other item's set, T the anchor's)" : "";
    const lines = [];
    const share = own ? `${data.shared[a][b]}/${own} = ${exact(data.similarity_factor[a][b])}` : "0, because S is empty";
    if (has("similarity")) lines.push(["", `Kˢ = |S ∩ T| / |S| = ${share}: proportion of shared labels${whose}`]);
    const extra = `1/(1+${data.extra[a][b]}) = ${exact(data.dissimilarity_factor[a][b])}`;
    if (has("dissimilarity")) lines.push(["", `Kᵈ = 1 / (1 + |T ∖ S|) = ${extra}: extraneous labels of T${whose}`]);
    return lines;
  });
}

// The pair in words: {heading, meaning, lines}; a line is [name, text].
function pairWords(data, i, j) {
  const name = (row) => data.items[row].name;
  if (i === j) {
    return {
      heading: `item ${name(i)} itself`,
      lines: [["", `S = ${asSet(labelsOf(data, i))}`], ["", "An anchor is never compared with itself: no weight, no force."]],
    };
  }
  const mark = data.marks[data.relation[i][j]];
  const [both, , onlyT] = sets(data, i, j);
  const lines = [
    [`anchor ${name(i)}`, `S = ${asSet(labelsOf(data, i))}`],
    [`other ${name(j)}`, `T = ${asSet(labelsOf(data, j))}`],
    ["", `${mark.symbol} (${mark.name}); in both ${asSet(both, "{ }")}, in T alone ${asSet(onlyT, "{ }")}; cosine ${exact(data.cosine[i][j])}`],
    ...factorLines(data, i, j),
    ...data.methods.map((method) => [method.letter, methodClause(data, method, i, j)]),
  ];
  const back = data.methods.filter((method) => method.weight)
    .map((method) => `${method.letter} ${method.positive[j][i] ? exact(method.weight[j][i]) : "not positive"}`);
  if (back.length) lines.push(["", `other way round (anchor ${name(j)}): weight ${back.join(", ")}`]);
  return { heading: mark.brief, meaning: mark.where, mark, lines };
}
