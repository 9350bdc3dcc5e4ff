// Keyboard input of the focused canvas: arrow keys go from point to point, Enter makes a point the anchor. The letters r and c are
// left alone: Streamlit handles them for the whole document.
const KEYS_HELP = "Arrow keys: go from point to point. Enter: make the point the anchor. Shift and arrow keys: move the map. "
  + "Plus, minus and 0: zoom in, zoom out, show all.";
const SELECTION_KEYS_HELP = " Space: select the point, or no longer. L, B: take the lasso or the box. Escape: put it away. "
  + "Control Z, Control Shift Z: undo and redo the selection.";
const PAN_PIXELS = 40;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function pressKey(cloud, event) {
  if (pressSelectionKey(cloud, event)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const { view } = cloud;
  const arrow = ARROWS[event.key];
  if (arrow && event.shiftKey) view.pan(-PAN_PIXELS * arrow[0], -PAN_PIXELS * arrow[1]);
  else if (arrow) visit(cloud, neighbour(cloud, ...arrow));
  else if (event.key === "Enter") choose(cloud, cloud.hover);
  else if (event.key === "+" || event.key === "=") view.zoom(1.25, view.width / 2, view.height / 2);
  else if (event.key === "-") view.zoom(0.8, view.width / 2, view.height / 2);
  else if (event.key === "0") view.reset();
  else return;
  event.preventDefault();
  shareView(cloud);
  cloud.draw();
}

// Whether the key did something to the selection, its tools or the pinned card.
function pressSelectionKey(cloud, event) {
  const key = event.key.toLowerCase();
  if (key === "escape") return stopGesture(cloud) || unpin(cloud) || (cloud.tool !== "pan" && (takeTool(cloud, "pan"), true));
  if (!cloud.header?.selection || event.altKey) return false;
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" && key !== "y") return false;
    wish(cloud, key === "y" || event.shiftKey ? "redo" : "undo");
  } else if (key === "l" || key === "b") takeTool(cloud, key === "l" ? "lasso" : "box");
  else if (key === " " && cloud.hover >= 0) toggleSelected(cloud, cloud.hover);
  else return false;
  return true;
}

// The current point: the one reached last, else the selected one, else the anchor; without one, the middle of the view.
function currentPoint(cloud) {
  const { header, view, now } = cloud;
  const index = [cloud.hover, header.focus, header.anchor].find((i) => i >= 0 && i < header.n) ?? -1;
  return [index, index < 0 ? [view.width / 2, view.height / 2] : view.toScreen(now[2 * index], now[2 * index + 1])];
}

// The nearest point at most 45 degrees off a direction, so that every neighbour is within reach of one of the four keys.
function neighbour(cloud, right, down) {
  const { header, view, now, arrays, off } = cloud;
  if (!header?.n) return -1;
  const [from, [x, y]] = currentPoint(cloud);
  let found = -1;
  let best = Infinity;
  for (let i = 0; i < header.n; i++) {
    if (i === from || off.has(arrays.code[i])) continue;
    const [px, py] = view.toScreen(now[2 * i], now[2 * i + 1]);
    const along = (px - x) * right + (py - y) * down;
    const aside = Math.abs((px - x) * down) + Math.abs((py - y) * right);
    if (along < aside || along < 1e-6) continue;
    const distance = along * along + aside * aside;
    if (distance < best) { best = distance; found = i; }
  }
  return found;
}

// Show the point as if hovered, scroll it into view and announce it to screen readers.
function visit(cloud, index) {
  if (index < 0) return;
  const { view, now } = cloud;
  const [x, y] = view.toScreen(now[2 * index], now[2 * index + 1]);
  const margin = 24;
  const into = (place, size) => Math.min(Math.max(place, margin), size - margin) - place;
  view.pan(into(x, view.width), into(y, view.height));
  pointAt(cloud, index);
  openCard(cloud, index);
  const { card } = cloud;
  cloud.said.textContent = [card.name, card.text, card.labels, card.relation, card.numbers]
    .map((node) => node.textContent.trim()).filter(Boolean).join(", ");
}
