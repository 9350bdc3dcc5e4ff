// Lines from the anchor to its neighbours in the embedding: solid where the map has them near too, dashed where it has not. A
// dashed ring marks what is near on the map alone.
function drawNeighbours(cloud) {
  const { header, arrays, canvas } = cloud;
  const { near, near_shown: shown, near_false: wrong } = arrays;
  canvas.dataset.neighbours = near && header.anchor >= 0 ? near.length : 0;
  if (!near || header.anchor < 0) return;
  const { context, view, ratio, now, theme } = cloud;
  const place = (i) => view.toScreen(now[2 * i], now[2 * i + 1]);
  const from = place(header.anchor);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.globalAlpha = 0.8;
  near.forEach((i, k) => line(context, [...from, ...place(i)], theme.text, shown[k] ? 1.8 : 1.2, { dash: shown[k] ? [] : [5, 4], rim: theme.page }));
  context.globalAlpha = 1;
  const sign = (i) => (cloud.standing.has(i) && cloud.items.picture ? place(i).map((edge) => edge - TILE.picture / 2) : place(i));
  near.forEach((i) => circle(context, sign(i), 6.5, theme, []));
  wrong.forEach((i) => circle(context, sign(i), 6.5, theme, [2, 2.5]));
}

function circle(context, [x, y], radius, theme, dash) {
  context.setLineDash(dash);
  for (const [colour, width] of [[theme.page, 3], [theme.text, 1.2]]) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
  context.setLineDash([]);
}
