// The legend of what is drawn besides the colours of the points: the anchor and other rings, sizes, stars, names, the trail,
// neighbours of the anchor, colours of the rings.
function fillNotes(cloud) {
  const { notes, header, items, theme } = cloud;
  const words = header.show?.near_words ?? "";
  const marks = marksDrawn(cloud);
  const signature = JSON.stringify([words, cloud.ringed, theme, header.items, Boolean(items), marks.map(([name]) => name)]);
  if (signature === cloud.notesSignature) return;
  cloud.notesSignature = signature;
  notes.replaceChildren();
  if (marks.length) {
    const row = element("div", "keys marks");
    row.append(...marks.map(([name, draw]) => cloud.arrows.key(name, draw)));
    notes.append(row);
  }
  if (words) {
    const row = element("div", "", words);
    row.setAttribute("role", "status");
    notes.append(row);
    if (cloud.arrays.near?.length) notes.append(neighbourKeys(cloud));
  }
  if (cloud.ringed && items) notes.append(ringKeys(items));
}

// Each mark that this picture holds: its name, and how its sign is drawn (30 x 12 pixels).
function marksDrawn(cloud) {
  const { header, arrays, canvas, theme } = cloud;
  const anchor = header.role === "reference" ? "the reference" : "the anchor";
  const spot = (context) => { circle(context, [15, 6], 5, theme, []); filled(context, [15, 6], 2.4, theme.text); };
  return [
    [header.anchor >= 0, anchor, spot],
    [header.focus >= 0 && header.focus !== header.anchor, "the pair below", (context) => circle(context, [15, 6], 5, theme, [3, 2])],
    [sized(cloud), "larger: more weight", (context) => { filled(context, [8, 6], 2.4, theme.text, 0.6); filled(context, [20, 6], 5, theme.text, 0.6); }],
    [arrays.stars?.length, "prototype of a label", (context) => { context.scale(0.7, 0.7); traceStar(context, 21, 9); context.fillStyle = theme.text; context.fill(); }],
    [canvas.dataset.marked > 0, "found by the search", (context) => circle(context, [15, 6], 5, theme, [])],
    [canvas.dataset.trail > 1, `where ${anchor} was`, (context) => { line(context, [4, 9, 26, 3], theme.text, 1.4); filled(context, [4, 9], 2.4, theme.text); filled(context, [15, 6], 2.4, theme.text); }],
    [canvas.dataset.names > 0, "a label of many items here", (context) => { context.font = "600 12px system-ui, sans-serif"; context.fillStyle = theme.text; context.fillText("Abc", 3, 10); }],
  ].filter(([there]) => there).map(([, name, draw]) => [name, draw]);
}

const SIZED = new WeakMap(); // of a frame's arrays: whether sizes differ

// Whether sizes differ and mean weights.
function sized({ header, arrays }) {
  if (!SIZED.has(arrays)) SIZED.set(arrays, arrays.size.some((size) => size !== arrays.size[0]));
  return header.mode === "relation" && SIZED.get(arrays);
}

function filled(context, [x, y], radius, colour, alpha = 1) {
  context.globalAlpha = alpha;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
}

function neighbourKeys(cloud) {
  const { theme } = cloud;
  const row = element("div", "keys");
  row.append(
    cloud.arrows.key("near here too", (context) => line(context, [2, 6, 28, 6], theme.text, 1.8)),
    cloud.arrows.key("not near here", (context) => line(context, [2, 6, 28, 6], theme.text, 1.2, { dash: [5, 4] })),
    cloud.arrows.key("near here alone", (context) => circle(context, [15, 6], 4.5, theme, [2, 2])),
  );
  return row;
}

function ringKeys(items) {
  const row = element("div", "keys");
  const colours = labelColours(items);
  const entries = items.coloured.map((label) => [items.labelNames[label], colours[label]]);
  if (items.labelNames.length > entries.length) entries.push(["other labels", OTHER_LABEL]);
  for (const [name, colour] of entries) {
    const key = element("span", "key");
    const patch = element("span", "patch");
    patch.style.background = colour;
    key.append(patch, named(name));
    row.append(key);
  }
  return row;
}
