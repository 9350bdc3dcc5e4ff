// Pointer input of one cloud (keyboard: keys.js). All of it is handled in the browser; only a click goes to the server.
const OPEN_DELAY_MS = 125;
const CLOSE_DELAY_MS = 260;
const DRAG_PIXELS = 4;

function listen(cloud) {
  const { canvas } = cloud;
  let drag = null;
  cloud.resetButton.addEventListener("click", () => { cloud.view.reset(); cloud.draw(); });
  cloud.observer = new ResizeObserver(() => cloud.resize());
  cloud.observer.observe(cloud.stage);

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const step = Math.max(-80, Math.min(80, event.deltaY)); // mouse wheels and touchpads zoom at a similar speed
    cloud.view.zoom(Math.exp(-step * 0.0035), ...pointerPlace(canvas, event));
    cloud.draw();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, y: event.clientY, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) { pointAt(cloud, picks.nearest(cloud, ...pointerPlace(canvas, event))); return; }
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < DRAG_PIXELS) return;
    pointAt(cloud, -1);
    cloud.host.classList.add("dragging");
    cloud.view.pan(dx, dy);
    drag = { x: event.clientX, y: event.clientY, moved: true };
    cloud.draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    const clicked = drag && !drag.moved;
    drag = null;
    cloud.host.classList.remove("dragging");
    if (clicked) choose(cloud, picks.nearest(cloud, ...pointerPlace(canvas, event)));
  });
  canvas.addEventListener("pointercancel", () => { drag = null; cloud.host.classList.remove("dragging"); });
  canvas.addEventListener("pointerleave", () => { if (!drag) pointAt(cloud, -1); });
  canvas.addEventListener("dblclick", () => { cloud.view.reset(); cloud.draw(); });
  canvas.addEventListener("blur", () => pointAt(cloud, -1));
  canvas.addEventListener("keydown", (event) => pressKey(cloud, event)); // only on the focused canvas: Streamlit handles keys of the document
}

function pointerPlace(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

// The hovered point gets its ring at once and its card after a short delay; the card closes after another short delay.
function pointAt(cloud, index) {
  if (index === cloud.hover) return;
  cloud.hover = index;
  cloud.canvas.dataset.hover = index;
  cloud.canvas.style.cursor = index >= 0 ? "pointer" : "";
  clearTimeout(cloud.timer);
  if (index >= 0) cloud.timer = setTimeout(() => openCard(cloud, index), cloud.card.node.hidden ? OPEN_DELAY_MS : OPEN_DELAY_MS / 3);
  else cloud.timer = setTimeout(() => closeCard(cloud), CLOSE_DELAY_MS);
  cloud.draw();
}

function openCard(cloud, index) {
  const { header, now, view } = cloud;
  if (!header || index >= header.n) return;
  cloud.card.fill(cloud, index);
  cloud.card.place(...view.toScreen(now[2 * index], now[2 * index + 1]), view.width, view.height);
  cloud.sentence.fill(cloud, index);
}

function closeCard(cloud) {
  cloud.card.hide();
  if (cloud.header) cloud.sentence.fill(cloud, cloud.header.focus);
}

function choose(cloud, index) {
  if (index < 0 || !cloud.items) return;
  cloud.pending = index; // a ring at once; the colours change with the answer of the server
  cloud.send("picked", { id: cloud.items.ids[index], run: cloud.header.run });
  cloud.draw();
}
