// Arrows between the anchor and its strongest pairs, and one for its whole gradient. Every arrow points in the direction in
// which it moves the anchor: a pull (solid) towards the other item, a push (dashed) away from it, through the anchor. Arrows
// follow the points; their meaning stands under the map.
const ARROW = { thinnest: 1, widest: 4.5, head: 6, way: 78, wayWidth: 4.5 };

class ArrowNote {
  constructor() {
    this.node = element("div", "arrows");
    this.node.hidden = true;
  }

  fill(cloud) {
    const { header, theme } = cloud;
    this.node.hidden = !header.arrows;
    cloud.host.classList.toggle("with-arrows", Boolean(header.arrows));
    const signature = JSON.stringify([header.arrows, theme]);
    if (!header.arrows || signature === this.signature) return;
    this.signature = signature;
    const [pull, push] = forceColours(cloud);
    const { way, gradient, projected } = header.arrows;
    // the dot stands for the anchor, as the ring does on the map
    const pairs = element("div", "");
    pairs.append(
      this.key(header.arrows.pull, (context) => { line(context, [4, 6, 29, 6], pull, 2.5, { head: 0.8 }); dot(context, 4, theme.text); }),
      this.key(header.arrows.push, (context) => { line(context, [1, 6, 26, 6], push, 2.5, { dash: [4, 3], head: 0.7 }); dot(context, 26, theme.text); }),
    );
    const whole = element("div", way ? "" : "about", way ? "" : gradient);
    if (way) whole.append(this.key(gradient, (context) => { line(context, [4, 6, 29, 6], theme.text, 3.5, { head: 1 }); dot(context, 4, theme.text); }));
    this.node.replaceChildren(pairs, whole, element("div", "about", projected));
    this.node.title = this.node.textContent;
  }

  key(name, draw) {
    const key = element("span", "key");
    const canvas = element("canvas", "");
    const ratio = window.devicePixelRatio || 1;
    canvas.width = 30 * ratio;
    canvas.height = 12 * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    draw(context);
    key.append(canvas, element("span", "", name));
    return key;
  }
}

function dot(context, x, colour) {
  context.beginPath();
  context.arc(x, 6, 3.5, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

function forceColours(cloud) {
  return cloud.header.arrows[isDark(cloud.theme.page) ? "dark" : "light"];
}

// From x0, y0 to x1, y1, with the head at the fraction `head` of the way. A rim in the page's colour separates it from points.
function line(context, [x0, y0, x1, y1], colour, width, { dash = [], head = 0, rim = "" } = {}) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 2) return;
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const size = Math.min(ARROW.head + 1.2 * width, 0.6 * length);
  const tip = head * length;
  const [tx, ty] = [x0 + ux * tip, y0 + uy * tip];
  const end = head === 1 ? length - 0.7 * size : length; // the line ends inside its head
  for (const [stroke, extra] of rim ? [[rim, 2], [colour, 0]] : [[colour, 0]]) {
    context.strokeStyle = context.fillStyle = stroke;
    context.lineWidth = width + extra;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x0 + ux * end, y0 + uy * end);
    context.stroke();
    context.setLineDash([]);
    if (!head) continue;
    context.beginPath();
    context.moveTo(tx, ty);
    context.lineTo(tx - ux * size - uy * 0.55 * size, ty - uy * size + ux * 0.55 * size);
    context.lineTo(tx - ux * size + uy * 0.55 * size, ty - uy * size - ux * 0.55 * size);
    context.closePath();
    context.fill();
    if (extra) { context.lineWidth = extra; context.lineJoin = "round"; context.stroke(); }
  }
}

function drawArrows(cloud) {
  const { header, arrays, canvas } = cloud;
  canvas.dataset.arrows = 0;
  canvas.dataset.way = "";
  if (!header.arrows || header.anchor < 0) return;
  const { context, view, ratio, now, theme } = cloud;
  const { arrow_to: to, arrow_force: force, stars } = arrays;
  const [pull, push] = forceColours(cloud);
  const place = (k) => (k < header.n ? [now[2 * k], now[2 * k + 1]] : [stars?.[2 * (k - header.n)], stars?.[2 * (k - header.n) + 1]]);
  const [ax, ay] = view.toScreen(...place(header.anchor));
  const largest = Math.max(...force.map(Math.abs), 1e-30);
  let drawn = 0;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.globalAlpha = 0.85;
  for (let k = 0; k < to.length; k++) {
    const [x, y] = view.toScreen(...place(to[k]));
    if (!Number.isFinite(x) || !Number.isFinite(y) || (to[k] < header.n && cloud.off.has(arrays.code[to[k]]))) continue;
    const width = ARROW.thinnest + (ARROW.widest - ARROW.thinnest) * (Math.abs(force[k]) / largest);
    if (force[k] < 0) line(context, [ax, ay, x, y], pull, width, { head: 0.62, rim: theme.page });
    else line(context, [x, y, ax, ay], push, width, { dash: [6, 4], head: 0.62, rim: theme.page });
    drawn += 1;
  }
  context.globalAlpha = 1;
  if (header.arrows.way) {
    const [dx, dy] = header.arrows.way;
    line(context, [ax + 12 * dx, ay - 12 * dy, ax + ARROW.way * dx, ay - ARROW.way * dy], theme.text, ARROW.wayWidth, { head: 1, rim: theme.page });
    canvas.dataset.way = `${dx.toFixed(4)},${dy.toFixed(4)}`;
  }
  canvas.dataset.arrows = drawn;
}
