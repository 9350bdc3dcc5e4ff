// A lasso or a box under way: a polygon in CSS pixels of the canvas. Frames that arrive meanwhile move points, not the window.
const LASSO_STEP = 3; // pixels between two corners of a lasso

// The gesture of a drag with these keys held; null: it moves the map.
function gestureOf(cloud, event) {
  if (!cloud.header?.selection || !cloud.header.n) return null;
  if (cloud.tool === "pan" && !event.shiftKey && !event.altKey) return null;
  return { kind: cloud.tool === "box" ? "box" : "lasso", how: howOf(event), path: [pointerPlace(cloud.canvas, event)] };
}

function howOf(event) { return event.altKey ? "subtract" : event.shiftKey ? "add" : "replace"; }

function extend(gesture, place) {
  const [x0, y0] = gesture.path[0];
  const [x1, y1] = gesture.path[gesture.path.length - 1];
  if (gesture.kind === "box") gesture.path = [[x0, y0], [place[0], y0], place, [x0, place[1]]];
  else if (Math.hypot(place[0] - x1, place[1] - y1) >= LASSO_STEP) gesture.path.push(place);
}

function drawGesture(cloud) {
  const { gesture, context, ratio, theme } = cloud;
  if (!gesture || gesture.path.length < 2) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.beginPath();
  for (const place of gesture.path) context.lineTo(...place);
  context.closePath();
  context.globalAlpha = 0.08;
  context.fillStyle = theme.text;
  context.fill();
  context.globalAlpha = 1;
  context.lineJoin = "round";
  context.setLineDash(gesture.how === "subtract" ? [2, 4] : []);
  for (const [colour, width] of [[theme.page, 4], [theme.text, 1.6]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
  context.setLineDash([]);
}
