// Pointer input of one cloud (keyboard: keys.js). All of it is handled in the browser; clicks and selections go to the server.
const OPEN_DELAY_MS = 125;
const CLOSE_DELAY_MS = 260;
const DRAG_PIXELS = 4;

// A browser also tells of a pointer that rests where what lay beneath it went away, a card for instance; who then goes from point
// to point by keyboard would lose the current one.
const rest = (registry.rest ??= { x: NaN, y: NaN, still: false });
if (!registry.resting) {
  registry.resting = true;
  window.addEventListener("pointermove", ({ clientX: x, clientY: y }) => Object.assign(rest, { x, y, still: x === rest.x && y === rest.y }), true);
}

function listen(cloud) {
  const { canvas } = cloud;
  const moved = () => { shareView(cloud); cloud.draw(); };
  const reset = () => { cloud.view.reset(); moved(); };
  cloud.resetButton.addEventListener("click", reset);
  cloud.observer = new ResizeObserver(() => cloud.resize());
  cloud.observer.observe(cloud.stage);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const step = Math.max(-80, Math.min(80, event.deltaY)); // mouse wheels and touchpads zoom at a similar speed
    cloud.view.zoom(Math.exp(-step * 0.0035), ...pointerPlace(canvas, event));
    moved();
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => press(cloud, event));
  canvas.addEventListener("pointermove", (event) => {
    if (cloud.drags.size) drag(cloud, event, moved);
    else if (!rest.still) pointAt(cloud, meant(cloud, ...pointerPlace(canvas, event)));
  });
  canvas.addEventListener("pointerup", (event) => release(cloud, event));
  canvas.addEventListener("pointercancel", () => endDrags(cloud));
  canvas.addEventListener("pointerleave", () => { if (!cloud.drags.size) pointAt(cloud, -1); });
  canvas.addEventListener("dblclick", () => { if (cloud.tool === "pan") reset(); });
  canvas.addEventListener("blur", () => pointAt(cloud, -1));
  canvas.addEventListener("keydown", (event) => pressKey(cloud, event)); // only on the focused canvas: Streamlit handles keys of the document
}

function press(cloud, event) {
  if (event.button !== 0) return;
  cloud.canvas.setPointerCapture(event.pointerId);
  cloud.drags.set(event.pointerId, { x: event.clientX, y: event.clientY, moved: false });
  if (cloud.drags.size > 1) stopGesture(cloud); // two fingers move and zoom the map with every tool
  else cloud.gesture = gestureOf(cloud, event);
}

function drag(cloud, event, moved) {
  const held = cloud.drags.get(event.pointerId);
  if (!held) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  if (!held.moved && Math.hypot(dx, dy) < DRAG_PIXELS) return;
  pointAt(cloud, -1);
  held.moved = true;
  if (cloud.gesture) {
    extend(cloud.gesture, pointerPlace(cloud.canvas, event));
    cloud.draw();
    return;
  }
  cloud.host.classList.add("dragging");
  const other = [...cloud.drags.values()].find((one) => one !== held);
  if (other) {
    const before = Math.hypot(held.x - other.x, held.y - other.y);
    const [x, y] = pointerPlace(cloud.canvas, { clientX: other.x, clientY: other.y });
    if (before > 1) cloud.view.zoom(Math.hypot(event.clientX - other.x, event.clientY - other.y) / before, x, y);
  } else {
    cloud.view.pan(dx, dy);
  }
  held.x = event.clientX;
  held.y = event.clientY;
  moved();
}

function release(cloud, event) {
  const held = cloud.drags.get(event.pointerId);
  const { gesture } = cloud;
  const alone = cloud.drags.size === 1;
  cloud.drags.delete(event.pointerId);
  cloud.host.classList.remove("dragging");
  cloud.gesture = null;
  if (!held || !alone) return;
  if (gesture && held.moved) {
    wish(cloud, gesture.how, picks.inside(cloud, gesture.path));
    cloud.draw();
  } else if (!held.moved) {
    click(cloud, meant(cloud, ...pointerPlace(cloud.canvas, event)), event);
  }
}

// With Shift or Alt a click adds the point to the selection or takes it away; else the point becomes the anchor, and its card stays.
function click(cloud, index, event) {
  if (cloud.header?.selection && howOf(event) !== "replace") {
    if (index >= 0) wish(cloud, howOf(event), [index]);
  } else if (index < 0) {
    unpin(cloud);
  } else {
    choose(cloud, index);
  }
}

function endDrags(cloud) {
  cloud.drags.clear();
  cloud.host.classList.remove("dragging");
  stopGesture(cloud);
}

// Whether a lasso or a box was under way.
function stopGesture(cloud) {
  const there = cloud.gesture !== null;
  cloud.gesture = null;
  if (there) cloud.draw();
  return there;
}

function pointerPlace(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

// The hovered point gets its ring at once and its card after a short delay; the card closes after another short delay.
function pointAt(cloud, index, shared = true) {
  if (index === cloud.hover) return;
  cloud.hover = index;
  cloud.canvas.dataset.hover = index;
  cloud.canvas.style.cursor = index >= 0 && cloud.tool === "pan" ? "pointer" : "";
  clearTimeout(cloud.timer);
  if (index >= 0) cloud.timer = setTimeout(() => openCard(cloud, index), cloud.card.node.hidden ? OPEN_DELAY_MS : OPEN_DELAY_MS / 3);
  else cloud.timer = setTimeout(() => closeCard(cloud), CLOSE_DELAY_MS);
  if (shared) sharePoint(cloud, index);
  cloud.draw();
}

function openCard(cloud, index) {
  const { header, now, view } = cloud;
  if (!header || index >= header.n) return;
  cloud.sentence.fill(cloud, index);
  if (index === cloud.pin.index) { cloud.card.hide(); return; }
  cloud.card.fill(cloud, index);
  cloud.card.place(...view.toScreen(now[2 * index], now[2 * index + 1]), view.width, view.height);
}

function closeCard(cloud) {
  cloud.card.hide();
  if (cloud.header) cloud.sentence.fill(cloud, cloud.header.focus);
}

function choose(cloud, index) {
  if (index < 0 || !cloud.items) return;
  cloud.pending = index; // a ring at once; the colours change with the answer of the server
  cloud.send("picked", { id: cloud.items.ids[index], run: cloud.header.run });
  shareAnchor(cloud, index);
  pinCard(cloud, index);
  cloud.draw();
}
