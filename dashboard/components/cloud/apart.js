// Items without a direction stand in a block beneath the cloud: each gets a cross, and their number stands above the first.
const NO_DIRECTION = "no direction: its vector is zero";
const CROSS = 4.5;

function drawApart(cloud) {
  const { apart } = cloud.arrays;
  cloud.canvas.dataset.apart = apart ? apart.length : 0;
  if (!apart) return;
  const { context, view, theme, ratio, now } = cloud;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.lineCap = "round";
  context.beginPath();
  for (const i of apart) {
    const [x, y] = view.toScreen(now[2 * i], now[2 * i + 1]);
    if (x < -10 || y < -10 || x > view.width + 10 || y > view.height + 10) continue;
    context.moveTo(x - CROSS, y - CROSS);
    context.lineTo(x + CROSS, y + CROSS);
    context.moveTo(x - CROSS, y + CROSS);
    context.lineTo(x + CROSS, y - CROSS);
  }
  context.strokeStyle = theme.text;
  context.lineWidth = 1.6;
  context.stroke();
  const [x, y] = view.toScreen(now[2 * apart[0]], now[2 * apart[0] + 1]);
  context.font = `600 ${11 * theme.scale}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = theme.page;
  const words = `no direction: ${apart.length.toLocaleString("en")}`;
  context.strokeText(words, x - CROSS, y - 14);
  context.fillStyle = theme.text;
  context.fillText(words, x - CROSS, y - 14);
}
