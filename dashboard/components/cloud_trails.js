// Where the anchor came from: a thin line over the last maps, fading towards the past, with a dot for each of them.
function drawTrail(cloud) {
  const { trails } = cloud.arrays;
  const item = cloud.header.trail_of;
  const count = trails ? trails.length / 2 : 0;
  cloud.canvas.dataset.trail = count;
  if (count < 2 || item < 0 || item >= cloud.header.n) return;
  const { context, view, theme, ratio, now } = cloud;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.lineCap = "round";
  const places = [];
  for (let k = 0; k < count - 1; k++) places.push(view.toScreen(trails[2 * k], trails[2 * k + 1]));
  places.push(view.toScreen(now[2 * item], now[2 * item + 1])); // where the point is drawn, on its way too
  for (let k = 0; k < count; k++) {
    const [x, y] = places[k];
    const age = (k + 1) / count; // 1: now
    context.globalAlpha = 0.15 + 0.75 * age;
    for (const [colour, more] of [[theme.page, 2.4], [theme.text, 0]]) {
      if (k) {
        context.beginPath();
        context.moveTo(...places[k - 1]);
        context.lineTo(x, y);
        context.strokeStyle = colour;
        context.lineWidth = 1.4 + more;
        context.stroke();
      }
      if (k < count - 1) {
        context.beginPath();
        context.arc(x, y, 2.2 + more / 2, 0, 2 * Math.PI);
        context.fillStyle = colour;
        context.fill();
      }
    }
  }
  context.globalAlpha = 1;
}
