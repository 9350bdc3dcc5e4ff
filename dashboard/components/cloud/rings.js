// A ring around each point whose pieces have the colours of its labels, where the map is zoomed in so far that rings fit. The
// most frequent labels have a colour of their own, in an order that stays; all others share one.
const LABEL_COLOURS = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"]; // Okabe and Ito 2008
const OTHER_LABEL = "#888888";
const RING = { radius: 10, width: 3.5, most: 4, perWindow: 0.35 };

// For each label its colour; for the most frequent labels an entry of the legend.
function labelColours(items) {
  if (!items.colours) {
    const counts = new Uint32Array(items.labelNames.length);
    for (const label of items.members) counts[label] += 1;
    const order = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
    items.colours = items.labelNames.map(() => OTHER_LABEL);
    order.slice(0, LABEL_COLOURS.length).forEach((label, k) => { items.colours[label] = LABEL_COLOURS[k]; });
    items.coloured = order.slice(0, LABEL_COLOURS.length);
    items.position = new Map(order.map((label, k) => [label, k]));
  }
  return items.colours;
}

// Up to four labels of an item, those with a colour of their own first.
function ringLabels(items, index) {
  const own = Array.from(items.members.subarray(items.offsets[index], items.offsets[index + 1]));
  return own.sort((a, b) => items.position.get(a) - items.position.get(b)).slice(0, RING.most);
}

function drawRings(cloud) {
  const { header, items, canvas, view } = cloud;
  const most = Math.ceil((RING.perWindow * view.width * view.height) / (2 * RING.radius + 4) ** 2);
  const there = header.show?.rings && items ? inWindow(cloud, most, RING.radius) : null;
  cloud.ringed = there !== null;
  canvas.dataset.rings = there?.length ?? 0;
  if (!there) return;
  const { context, ratio, now, theme, arrays, off, mask } = cloud;
  const colours = labelColours(items);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const i of there) {
    if (off.has(arrays.code[i]) || (mask && !mask[i])) continue;
    const labels = ringLabels(items, i);
    const [x, y] = view.toScreen(now[2 * i], now[2 * i + 1]);
    labels.forEach((label, k) => {
      const [from, to] = [k, k + 1].map((part) => (2 * Math.PI * part) / labels.length - Math.PI / 2);
      const gap = labels.length > 1 ? 0.12 : 0;
      for (const [colour, width] of [[theme.page, RING.width + 2], [colours[label], RING.width]]) {
        context.beginPath();
        context.arc(x, y, RING.radius, from + gap, to - gap);
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.stroke();
      }
    });
  }
}
