// Where the anchor came from: a thin line over the last maps that fades towards the past, with one dot for each map.
function opacity(k, count) { return 0.2 + (0.75 * (k + 1)) / count; } // of position k of a trail

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
  places.push(view.toScreen(now[2 * item], now[2 * item + 1])); // where the point is drawn, also while it moves
  for (const [colour, more] of [[theme.page, 2.4], [theme.text, 0]]) {
    for (let k = 1; k < count; k++) {
      context.globalAlpha = opacity(k, count);
      context.beginPath();
      context.moveTo(...places[k - 1]);
      context.lineTo(...places[k]);
      context.strokeStyle = colour;
      context.lineWidth = 1.4 + more;
      context.stroke();
    }
  }
  context.lineWidth = 1;
  for (let k = 0; k < count - 1; k++) {
    context.globalAlpha = opacity(k, count);
    context.beginPath();
    context.arc(...places[k], 3, 0, 2 * Math.PI);
    context.fillStyle = theme.text;
    context.fill();
    context.strokeStyle = theme.page;
    context.stroke();
  }
  context.globalAlpha = 1;
}
