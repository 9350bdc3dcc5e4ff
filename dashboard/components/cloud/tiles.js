// Pictures of items, or the beginnings of their texts, in place of points where the map is zoomed in. They never overlap: the
// anchor comes first, then the pinned item, those that stand already (so that none goes while the map is moved), selected ones,
// and the others in a fixed order.
const TILE = { picture: 44, gap: 5, text: 26, height: 20, perWindow: 4 };
const AROUND_TILE = 33; // pixels from the middle of a picture to a ring around it

function drawTiles(cloud) {
  const { canvas, items, header } = cloud;
  const wanted = header.show?.items && items && (items.picture || items.texts.length || items.names.some(Boolean));
  const placed = wanted ? placeTiles(cloud) : [];
  cloud.tiles = placed;
  cloud.standing = new Set(placed.map((one) => one.index));
  canvas.dataset.tiles = placed.length;
  const { context, ratio } = cloud;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const one of placed) (items.picture ? drawPictureTile : drawTextTile)(cloud, one);
}

// The point that is meant at a place of the screen: that of the picture or text there, else the nearest; -1: none.
function meant(cloud, x, y) {
  const tile = cloud.tiles.find((one) => Math.abs(x - one.x) <= one.width / 2 && Math.abs(y - one.y) <= one.height / 2);
  return tile ? tile.index : picks.nearest(cloud, x, y);
}

function placeTiles(cloud) {
  const { view, now, items, arrays, off, mask, header } = cloud;
  const room = (view.width * view.height) / (items.picture ? (TILE.picture + TILE.gap) ** 2 : 120 * (TILE.height + TILE.gap));
  const there = inWindow(cloud, Math.ceil(TILE.perWindow * room), TILE.picture / 2);
  if (!there) return [];
  const { standing } = cloud;
  const rank = (i) => (i === header.anchor ? 0 : i === cloud.pin.index ? 1 : standing.has(i) ? 2 : mask?.[i] ? 3 : 4);
  const ordered = there.filter((i) => !off.has(arrays.code[i]) && (!mask || mask[i] || i === header.anchor))
    .map((i) => [rank(i), scattered(i), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const taken = freeBoxes(cloud, TILE.picture + TILE.gap);
  const placed = [];
  for (const [, , index] of ordered) {
    const [x, y] = view.toScreen(now[2 * index], now[2 * index + 1]);
    const text = items.picture ? "" : shortText(items, index);
    if (!items.picture && !text) continue;
    const width = items.picture ? TILE.picture : textWidth(cloud, text) + 10;
    const height = items.picture ? TILE.picture : TILE.height;
    const gap = TILE.gap / 2;
    if (taken.add([x - width / 2 - gap, y - height / 2 - gap, x + width / 2 + gap, y + height / 2 + gap])) {
      placed.push({ index, x, y, width, height, text });
    }
  }
  return placed;
}

function scattered(i) { return Math.imul(i + 1, 0x9e3779b1) >>> 0; } // neighbours in the list are often neighbours on the map

function shortText(items, index) {
  const text = (items.names[index] || items.texts[index] || "").trim();
  return [...text].length > TILE.text ? `${[...text].slice(0, TILE.text - 1).join("")}…` : text;
}

function textWidth({ context }, text) {
  context.font = "12px system-ui, sans-serif";
  return context.measureText(text).width;
}

function drawPictureTile({ context, items, marks, arrays, theme }, { index, x, y, width }) {
  const [left, top] = [Math.round(x - width / 2), Math.round(y - width / 2)];
  context.fillStyle = "#ffffff";
  context.fillRect(left, top, width, width);
  const [sx, sy] = [(index % items.columns) * items.tile, Math.floor(index / items.columns) * items.tile];
  context.imageSmoothingEnabled = items.tile > width * 0.7;
  context.drawImage(items.picture, sx, sy, items.tile, items.tile, left + 1, top + 1, width - 2, width - 2);
  frameTile(context, marks, arrays.code[index], theme, left, top, width, width);
}

function drawTextTile({ context, marks, arrays, theme }, { index, x, y, width, height, text }) {
  const [left, top] = [Math.round(x - width / 2), Math.round(y - height / 2)];
  context.fillStyle = theme.page;
  context.fillRect(left, top, width, height);
  frameTile(context, marks, arrays.code[index], theme, left, top, width, height);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillStyle = theme.text;
  context.fillText(text, left + 5, y + 0.5);
}

// The frame has the colour of the point, and its shape stands in a corner: colour is not the only sign.
function frameTile(context, marks, code, theme, left, top, width, height) {
  const entry = marks.legend.get(code) || { colour: theme.text, shape: "circle" };
  context.strokeStyle = entry.colour;
  context.lineWidth = 2;
  context.strokeRect(left, top, width, height);
  tracePath(context, entry.shape, left, top, 4);
  context.fillStyle = entry.colour;
  context.fill();
  context.strokeStyle = theme.page;
  context.lineWidth = 0.8;
  context.stroke();
}

// Room for boxes beside what stands over the map: tools, notes and the pinned card.
function freeBoxes(cloud, cell) {
  const boxes = new Boxes(cell);
  for (const node of [cloud.tools.node, cloud.foot, cloud.pin.node]) {
    if (node.hidden) continue;
    const [stage, over] = [cloud.stage, node].map((one) => one.getBoundingClientRect());
    const [x, y] = [over.left - stage.left, over.top - stage.top];
    boxes.add([x, y, x + over.width, y + over.height]);
  }
  return boxes;
}

// Boxes that do not overlap, found by the cells they touch.
class Boxes {
  constructor(cell) { this.cell = cell; this.cells = new Map(); }

  // Whether the box is free; it is taken then.
  add(box) {
    const keys = [];
    for (let column = Math.floor(box[0] / this.cell); column <= Math.floor(box[2] / this.cell); column++) {
      for (let row = Math.floor(box[1] / this.cell); row <= Math.floor(box[3] / this.cell); row++) keys.push(`${column} ${row}`);
    }
    const meets = (one) => box[0] < one[2] && one[0] < box[2] && box[1] < one[3] && one[1] < box[3];
    if (keys.some((key) => this.cells.get(key)?.some(meets))) return false;
    for (const key of keys) this.cells.set(key, [...(this.cells.get(key) ?? []), box]);
    return true;
  }
}
