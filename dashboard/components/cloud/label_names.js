// Names of labels where their items are dense, on a map that is not zoomed in (dashboard/figures/label_places.py says where).
// Where two would overlap, the label with more items keeps its name.
function drawLabelNames(cloud) {
  const { header, arrays, items, canvas, view } = cloud;
  canvas.dataset.names = 0;
  const { named_xy: places } = arrays;
  // prototypes have names of their own, and the arrows of forces want room
  if (!places || !items || arrays.stars || header.arrows || view.zoomed() >= ZOOMED_IN) return;
  const { context, ratio, theme } = cloud;
  const taken = freeBoxes(cloud, 60);
  if (header.anchor >= 0) {
    const [x, y] = view.toScreen(cloud.now[2 * header.anchor], cloud.now[2 * header.anchor + 1]);
    taken.add([x - 14, y - 14, x + 14, y + 14]);
  }
  let drawn = 0;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = `600 ${12 * theme.scale}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.lineJoin = "round";
  header.show.named.forEach((label, k) => {
    const [x, y] = view.toScreen(places[2 * k], places[2 * k + 1]);
    const name = items.labelNames[label] ?? "";
    const text = [...name].length > 28 ? `${[...name].slice(0, 27).join("")}…` : name;
    const half = context.measureText(text).width / 2 + 3;
    if (x < half || x > view.width - half || y < 8 || y > view.height - 8 || !taken.add([x - half, y - 9 * theme.scale, x + half, y + 9 * theme.scale])) return;
    context.globalAlpha = 0.75;
    context.strokeStyle = theme.page;
    context.lineWidth = 3;
    context.strokeText(text, x, y);
    context.globalAlpha = 0.9;
    context.fillStyle = theme.text;
    context.fillText(text, x, y);
    drawn += 1;
  });
  context.textAlign = "start";
  context.globalAlpha = 1;
  canvas.dataset.names = drawn;
}
