// The selection. The server keeps it; what is asked of it here is shown at once and sent one message at a time, because of two
// triggers of one component that meet a busy server only the later one arrives.
const PATIENCE_FOR_ANSWER_MS = 8000; // then the server's selection counts, whatever was asked
const wishes = (registry.wishes ??= { number: 0, waiting: [] });

// Ask for a change: "replace", "add", "subtract" with the indices of points, or "all", "invert", "clear", "undo", "redo".
function wish(cloud, how, indices = []) {
  if (!cloud.header?.selection) return;
  wishes.number = Math.max(wishes.number, cloud.header.selection.seen) + 1;
  wishes.waiting.push({ cloud, how, indices, items: cloud.header.items, run: cloud.header.run, number: wishes.number, timer: 0 });
  post();
  showSelections();
}

function post() {
  const [first] = wishes.waiting;
  if (!first || first.timer) return;
  const items = registry.items.get(first.items);
  if (!items) return; // not arrived yet: their ids are unknown
  first.timer = setTimeout(() => answered(first.number), PATIENCE_FOR_ANSWER_MS);
  const { run, how, number } = first;
  first.cloud.send("selected", { run, how, number, ids: Array.from(first.indices, (i) => items.ids[i]) });
}

function answered(number) {
  if (!wishes.waiting.length || wishes.waiting[0].number > number) return;
  while (wishes.waiting.length && wishes.waiting[0].number <= number) clearTimeout(wishes.waiting.shift().timer);
  post();
  showSelections();
}

// What a message says of the selection: 1 for each selected point; null without a selection.
function readMask({ header, arrays }) {
  if (!header.selection?.on) return null;
  return Uint8Array.from({ length: header.n }, (_, i) => (arrays.selected[i >> 3] >> (i & 7)) & 1);
}

// The server's selection with all that it has not answered yet. Undo and redo are known to the server alone.
function expectedMask(cloud) {
  const { header } = cloud;
  if (!header?.selection) return null;
  return wishes.waiting.filter((one) => one.number > header.selection.seen).reduce((mask, one) => after(cloud, mask, one), cloud.told);
}

function after(cloud, mask, { how, items, indices }) {
  const { n } = cloud.header;
  if (how === "clear") return null;
  if (how === "all") return new Uint8Array(n).fill(1);
  if (how === "invert") return mask ? mask.map((bit) => 1 - bit) : new Uint8Array(n);
  if (how === "undo" || how === "redo") return mask;
  const whole = how === "subtract" && !mask;
  const made = how === "replace" || !mask ? new Uint8Array(n).fill(whole ? 1 : 0) : mask.slice();
  for (const i of rowsOn(cloud, items, indices)) made[i] = how === "subtract" ? 0 : 1;
  return made;
}

// Points of this cloud for points of another list of items, joined by id.
function rowsOn(cloud, items, indices) {
  if (cloud.header.items === items) return indices;
  const [theirs, ours] = [registry.items.get(items), registry.items.get(cloud.header.items)];
  return theirs && ours ? Array.from(indices, (i) => ours.rowOf(theirs.ids[i])).filter((i) => i >= 0) : [];
}

function showSelections() { registry.clouds.forEach((cloud) => showSelection(cloud)); }

function showSelection(cloud) {
  if (!cloud.header) return;
  cloud.mask = expectedMask(cloud);
  cloud.prepareMarks();
  const chosen = cloud.mask ? cloud.mask.reduce((sum, bit) => sum + bit, 0) : -1;
  cloud.canvas.dataset.selected = chosen < 0 ? "" : chosen;
  cloud.tools.fill(cloud, chosen);
  if (!cloud.pin.node.hidden) cloud.pin.fillButtons(cloud);
  cloud.draw();
}

function selectionInWords(chosen, n) {
  const of = n.toLocaleString("en");
  if (chosen < 0) return "";
  if (chosen === 0) return `none of ${of} selected`;
  return chosen === n ? `all ${of} selected` : `${chosen.toLocaleString("en")} of ${of} selected`;
}

function toggleSelected(cloud, index) {
  if (index >= 0) wish(cloud, cloud.mask?.[index] ? "subtract" : "add", [index]);
}
