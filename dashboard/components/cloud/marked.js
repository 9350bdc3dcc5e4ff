// The hits of a search: a ring in the colour of the text around each, on the first ones in the window.
const MARKED = { radius: 8, width: 2, most: 2000 };

function drawMarked(cloud) {
  const { marked } = cloud.arrays;
  const { header, canvas, context, view, theme, ratio, now } = cloud;
  canvas.dataset.marked = "";
  if (!marked) return;
  let count = 0, drawn = 0;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.beginPath();
  for (let i = 0; i < header.n; i++) {
    if (!((marked[i >> 3] >> (i & 7)) & 1)) continue;
    count += 1;
    if (drawn === MARKED.most) continue;
    const [x, y] = view.toScreen(now[2 * i], now[2 * i + 1]);
    if (x < -10 || y < -10 || x > view.width + 10 || y > view.height + 10) continue;
    drawn += 1;
    context.moveTo(x + MARKED.radius, y);
    context.arc(x, y, MARKED.radius, 0, 2 * Math.PI);
  }
  for (const [colour, width] of [[theme.page, MARKED.width + 2], [theme.text, MARKED.width]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
  canvas.dataset.marked = count;
}
