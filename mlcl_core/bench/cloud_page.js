// Measures a point cloud in the page it stands in: ours or a peer's. The times between animation frames are those of a browser
// without a limit on its frame rate; at the end of each frame, `finish` reads one pixel back, which waits for the processor or
// the graphics card that draws.
const EDGES = 64; // of a lasso
let inCallbacks = 0; // milliseconds in callbacks of animation frames, those of the measurement left out

const requested = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) => requested((time) => {
  const begun = performance.now();
  callback(time);
  inCallbacks += performance.now() - begun;
});
const nextFrame = () => new Promise((resolve) => requested(resolve));

// ---- what is measured: { down, move, up, hovered, lasso(polygon) -> number of points, finish }

function ours(host) {
  const { canvas, drawing } = host;
  canvas.setPointerCapture = () => {}; // of a pointer that does not exist
  const send = (type, x, y, buttons) => {
    const box = canvas.getBoundingClientRect();
    canvas.dispatchEvent(new PointerEvent(type, {
      bubbles: true, pointerId: 1, button: 0, buttons, clientX: box.left + x, clientY: box.top + y,
    }));
  };
  const one = new Uint8Array(4);
  return {
    down: (x, y) => send("pointerdown", x, y, 1),
    move: (x, y, held) => send("pointermove", x, y, held ? 1 : 0),
    up: (x, y) => send("pointerup", x, y, 0),
    lasso(polygon) {
      const found = globalThis.picks.inside(host, polygon);
      const mask = new Uint8Array(host.header.n);
      for (const index of found) mask[index] = 1;
      host.mask = mask;
      host.draw();
      return found.length;
    },
    hovered: () => host.hover,
    finish() {
      const { gl, context } = drawing.renderer;
      if (gl) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, one);
      else context.getImageData(0, 0, 1, 1);
    },
  };
}

async function peer(canvas, { width, height, x, y, code, colours, sizes, opacity }) {
  const { default: createScatterplot } = await import("regl-scatterplot");
  const plot = createScatterplot({
    canvas, width, height, opacity, backgroundColor: "#ffffff", colorBy: "valueA", sizeBy: "valueA", pointColor: colours, pointSize: sizes,
  });
  await plot.draw({ x, y, valueA: code }, { zDataType: "categorical" });
  const send = (node, type, px, py, buttons) => {
    const box = canvas.getBoundingClientRect();
    node.dispatchEvent(new MouseEvent(type, {
      bubbles: true, button: 0, buttons, clientX: box.left + px, clientY: box.top + py,
    }));
  };
  send(canvas, "mouseenter", width / 2, height / 2, 0);
  const context = canvas.getContext("2d");
  let hovered = -1;
  plot.subscribe("pointOver", (index) => { hovered = index; });
  return {
    down: (px, py) => send(canvas, "mousedown", px, py, 1),
    move: (px, py, held) => send(canvas, "mousemove", px, py, held ? 1 : 0),
    up: (px, py) => send(canvas, "mouseup", px, py, 0),
    lasso(polygon) {
      plot.lassoSelect(polygon.map(([px, py]) => [(px - width / 2) / (height / 2), (height / 2 - py) / (height / 2)]), { isGl: true });
      return plot.get("selectedPoints").length;
    },
    hovered: () => hovered,
    finish: () => context.getImageData(0, 0, 1, 1),
  };
}

// ---- measuring

// Times of frames, each after one event: { frame, script, event } in milliseconds.
async function frames(subject, count, act) {
  const found = [];
  await nextFrame();
  act(0);
  await nextFrame(); // the subject asked for its frame before, so that it has drawn by now
  subject.finish();
  let before = performance.now();
  for (let k = 1; k <= count; k++) {
    inCallbacks = 0;
    act(k);
    const event = performance.now() - before;
    await nextFrame();
    const script = event + inCallbacks;
    subject.finish();
    const now = performance.now();
    found.push({ frame: now - before, script, event });
    before = now;
  }
  return found;
}

async function measure(subject, { width, height, moves, targets, lassos }) {
  const [x, y] = [width / 2, height / 2];
  subject.move(x, y, false);
  await nextFrame();
  subject.down(x, y);
  const pan = await frames(subject, moves, (k) => subject.move(x + 8 + 3 * (k % 20), y + 2 * (k % 20), true));
  subject.move(x, y, true);
  await nextFrame(); // a peer's camera moves with the frame
  subject.up(x, y);
  await nextFrame();
  const hover = await frames(subject, moves, (k) => subject.move(...targets[k % targets.length], false));
  await nextFrame();
  const hovered = subject.hovered();
  const chosen = [];
  const lasso = await frames(subject, lassos, (k) => {
    const reach = 0.25 + 0.02 * k;
    chosen.push(subject.lasso(Array.from({ length: EDGES }, (_, j) => [
      x + reach * height * Math.cos((2 * Math.PI * j) / EDGES), y + reach * height * Math.sin((2 * Math.PI * j) / EDGES),
    ])));
  });
  return { pan, hover, hovered, lasso, chosen };
}

// A new frame of ours: from its bytes to its first picture, and the frames of the way from the last one to it.
async function arrival(host, text) {
  const registry = globalThis[Symbol.for("mlcl.cloud")];
  const subject = ours(host);
  const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  await nextFrame();
  let before = performance.now();
  registry.show({ ...globalThis.component, data });
  subject.finish();
  const arrived = performance.now() - before;
  const moving = [];
  before = performance.now();
  while (host.from) {
    await nextFrame();
    subject.finish();
    const now = performance.now();
    moving.push(now - before);
    before = now;
  }
  return { arrived, moving };
}

Object.assign(globalThis, { ours, peer, measure, arrival });
