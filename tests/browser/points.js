// What test_points.py runs in the page of a cloud.

// What a renderer draws, cut to what is seen.
function drawnBy(renderer, mask, off) {
  const { cloud } = globalThis;
  cloud.off = new Set(off);
  cloud.mask = mask && Uint8Array.from(mask);
  cloud.drawing.close();
  cloud.drawing = null;
  globalThis[Symbol.for("mlcl.cloud")].renderer = renderer;
  cloud.paint();
  if (!cloud.canvas.dataset.renderer.startsWith(renderer)) throw new Error(cloud.canvas.dataset.renderer);
  return seen();
}

function seen() {
  const { cloud } = globalThis;
  const { layer } = cloud.drawing.renderer;
  const { width, height } = cloud.canvas;
  return copied(layer, width, height, (width - layer.width) / 2, (height - layer.height) / 2);
}

// A renderer that has drawn before against one that starts: the number of values that differ; the colour of a corner.
function remembered(renderer) {
  const { layer } = globalThis.cloud.drawing.renderer;
  globalThis.cloud.drawing.shown = "";
  globalThis.cloud.paint();
  const { width, height } = globalThis.cloud.canvas;
  const kept = copied(layer, width, height, (width - layer.width) / 2, (height - layer.height) / 2);
  const fresh = drawnBy(renderer, null, []);
  return [kept.reduce((sum, value, k) => sum + (value !== fresh[k]), 0), [...kept.subarray(0, 3)]];
}

function copied(layer, width, height, left, top) {
  const copy = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
  copy.drawImage(layer, left, top);
  return copy.getImageData(0, 0, width, height).data;
}

// Of both renderers: the share of pixels that differ by more than 12 of 255, the mean difference, the share of points' pixels.
function compared([mask, off]) {
  const [one, other] = ["2d", "webgl2"].map((renderer) => drawnBy(renderer, mask, off));
  let [apart, sum, drawn] = [0, 0, 0];
  for (let p = 0; p < one.length; p += 4) {
    const differences = [0, 1, 2, 3].map((k) => Math.abs(one[p + k] - other[p + k]));
    apart += Math.max(...differences) > 12;
    sum += differences.reduce((a, b) => a + b);
    drawn += one[p] + one[p + 1] + one[p + 2] < 700;
  }
  return [apart, sum / 4, drawn].map((value) => value / (one.length / 4));
}

// How many values of pixels differ between a renderer that drew other marks before and one that begins with these.
function keptAndFresh(renderer) {
  const { cloud } = globalThis;
  drawnBy(renderer, null, []);
  const before = seen();
  cloud.mask = Uint8Array.from({ length: cloud.header.n }, (_, i) => Number(i % 3 > 0));
  cloud.prepareMarks();
  cloud.paint();
  const kept = seen();
  const fresh = drawnBy(renderer, cloud.mask, []);
  return [before, fresh].map((other) => kept.reduce((sum, value, p) => sum + Number(value !== other[p]), 0));
}

// The colour where point `i` stands.
function colourAt([renderer, mask, i]) {
  const { cloud } = globalThis;
  const data = drawnBy(renderer, mask, []);
  const [x, y] = cloud.view.toScreen(cloud.to[2 * i], cloud.to[2 * i + 1]);
  const place = 4 * (Math.round(y) * cloud.canvas.width + Math.round(x));
  return [...data.subarray(place, place + 3)];
}

// Where picks differ from loops over all points and from what the browser fills.
function wrongPicks(moving) {
  const { cloud, picks } = globalThis;
  cloud.off = new Set([3]);
  cloud.start = performance.now() - (moving ? 100 : 1000);
  cloud.paint();
  const { now, view, arrays } = cloud;
  const at = (i) => view.toScreen(now[2 * i], now[2 * i + 1]);
  const shown = Array.from({ length: cloud.header.n }, (_, i) => i).filter((i) => arrays.code[i] !== 3);
  const wrong = [];
  for (let k = 0; k < 300; k++) {
    const place = [(k * 97) % view.width, (k * 61) % view.height];
    const distance = (i) => Math.hypot(at(i)[0] - place[0], at(i)[1] - place[1]);
    const best = Math.min(...shown.map(distance));
    const answer = picks.nearest(cloud, ...place);
    if (best < 14 ? !(Math.abs(distance(answer) - best) < 1e-3) : answer !== -1) wrong.push([place, answer]);
  }
  const context = document.createElement("canvas").getContext("2d");
  const corner = (k) => [600 + 250 * Math.sin((4 * Math.PI * k) / 5), 325 - 250 * Math.cos((4 * Math.PI * k) / 5)];
  const star = [0, 1, 2, 3, 4].map(corner); // it crosses itself
  const box = [[300, 200], [800, 200], [800, 500], [300, 500]];
  for (const polygon of [star, box, star.slice(0, 3)]) {
    const path = new Path2D();
    polygon.forEach(([x, y]) => path.lineTo(x, y));
    path.closePath();
    const filled = shown.filter((i) => context.isPointInPath(path, ...at(i)));
    const answer = [...picks.inside(cloud, polygon)];
    if (filled.length < 100 || answer.join() !== filled.join()) wrong.push([polygon, answer.length, filled.length]);
  }
  return [wrong, picks.inside(cloud, box.slice(0, 2)).length, picks.nearest(cloud, -500, -500), Boolean(cloud.from)];
}

async function loseContext() {
  const { cloud } = globalThis;
  cloud.drawing.renderer.gl.getExtension("WEBGL_lose_context").loseContext();
  while (cloud.canvas.dataset.renderer !== "2d") await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return [cloud.stage.querySelectorAll("canvas.points").length, cloud.canvas.dataset.points];
}

// Mount `count` clouds, one after the other; `keep`: all stay. How many are there at the end, and how many show points.
async function mountMany([text, count, keep]) {
  const registry = globalThis[Symbol.for("mlcl.cloud")];
  registry.renderer = "webgl2";
  const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const roots = [];
  for (let k = 0; k < count; k++) {
    const parentElement = document.body.appendChild(document.createElement("div"));
    registry.show({ parentElement, data, setTriggerValue() {} });
    await new Promise(requestAnimationFrame);
    if (!keep) { parentElement.remove(); registry.leave(parentElement); }
    roots.push(parentElement);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  const drawn = roots.map((root) => registry.clouds.get(root)).filter(Boolean).map((cloud) => {
    cloud.drawing.shown = "";
    cloud.paint();
    const { layer } = cloud.drawing.renderer;
    return copied(layer, layer.width, layer.height, 0, 0).some((value) => value < 150);
  });
  return [registry.clouds.size, drawn.filter(Boolean).length];
}
