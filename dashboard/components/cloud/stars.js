// Label prototypes: one star each, with its name where there is room.
const STAR = { outer: 8, inner: 3.4 };

function traceStar(context, x, y) {
  context.beginPath();
  for (let k = 0; k < 10; k++) {
    const radius = k % 2 ? STAR.inner : STAR.outer;
    const angle = (k * Math.PI) / 5 - Math.PI / 2;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
}

function drawStars(cloud) {
  const { stars } = cloud.arrays;
  cloud.canvas.dataset.stars = stars ? stars.length / 2 : 0;
  if (!stars) return;
  const { context, view, theme, ratio } = cloud;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = `600 ${11 * theme.scale}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const taken = [];
  for (let k = 0; k < stars.length / 2; k++) {
    const [x, y] = view.toScreen(stars[2 * k], stars[2 * k + 1]);
    if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
    traceStar(context, x, y);
    context.lineWidth = 3;
    context.strokeStyle = theme.page;
    context.stroke();
    context.fillStyle = theme.text;
    context.fill();
    const name = cloud.header.star_names[k] || "";
    const width = context.measureText(name).width;
    const box = [x + 10, y - 7 * theme.scale, x + 12 + width, y + 7 * theme.scale];
    if (box[2] > view.width || taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3])) continue;
    taken.push(box);
    context.strokeText(name, x + 11, y);
    context.fillText(name, x + 11, y);
  }
}
