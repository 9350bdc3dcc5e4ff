// A small set of points: a flat map, or a space of three dimensions that turns by dragging and by the arrow keys. Both
// directions have one scale, every point has one size; colour, shape and letter tell the groups.
const RADIUS = 3.6; // CSS pixels
const ROOM = 26; // between the points and the edge, for the letters
const STEP = Math.PI / 18; // an arrow key turns by 10 degrees
const BEGIN = { yaw: 0.4, pitch: 0.3 };
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const spaces = new WeakMap();

function outline(context, shape, x, y, r) {
  context.beginPath();
  if (shape === "up" || shape === "down") {
    const sign = shape === "up" ? 1 : -1;
    context.moveTo(x, y - sign * 1.3 * r);
    context.lineTo(x + 1.2 * r, y + sign * 0.9 * r);
    context.lineTo(x - 1.2 * r, y + sign * 0.9 * r);
  } else if (shape === "diamond") {
    context.moveTo(x, y - 1.35 * r);
    context.lineTo(x + 1.35 * r, y);
    context.lineTo(x, y + 1.35 * r);
    context.lineTo(x - 1.35 * r, y);
  } else if (shape === "square") context.rect(x - r, y - r, 2 * r, 2 * r);
  else context.arc(x, y, r, 0, 2 * Math.PI);
  context.closePath();
}

class Space {
  constructor(root) {
    this.host = document.createElement("div");
    this.canvas = document.createElement("canvas");
    this.hint = document.createElement("p");
    this.host.className = "space";
    this.hint.className = "hint";
    this.canvas.setAttribute("role", "img");
    this.host.append(this.canvas, this.hint);
    root.append(this.host);
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => { this.held = null; });
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
    // the theme is a change of the variables on the page's root
    this.watcher = new MutationObserver(() => this.draw());
    this.watcher.observe(document.documentElement, { attributes: true });
  }

  receive({ data }) {
    if (data.name !== this.data?.name) this.turned = { ...BEGIN };
    this.data = data;
    this.turns = data.points[0]?.length === 3;
    this.host.classList.toggle("turning", this.turns);
    this.host.classList.toggle("low", data.low);
    this.canvas.tabIndex = this.turns ? 0 : -1;
    this.canvas.setAttribute("aria-label", data.alt);
    this.hint.textContent = this.turns ? "Drag, or use the arrow keys, to turn." : "";
    this.draw();
  }

  key(event) {
    const turn = this.turns && KEYS[event.key];
    if (!turn) return;
    event.preventDefault();
    event.stopPropagation(); // the arrow keys of the page go to the next card
    this.turn(STEP * turn[0], STEP * turn[1]);
  }

  grab(event) {
    if (!this.turns) return;
    this.held = [event.clientX, event.clientY];
    this.canvas.setPointerCapture(event.pointerId);
  }

  drag(event) {
    if (!this.held) return;
    const [x, y] = this.held;
    this.held = [event.clientX, event.clientY];
    this.turn((event.clientX - x) / 120, (event.clientY - y) / 120);
  }

  turn(yaw, pitch) {
    this.turned.yaw += yaw;
    this.turned.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.turned.pitch + pitch));
    this.draw();
  }

  // Right, up and towards the eye, from the middle of the points.
  placed([x, y, z = 0]) {
    const [a, b, c] = [x - this.middle[0], y - this.middle[1], z - this.middle[2]];
    if (!this.turns) return [a, b, 0];
    const { yaw, pitch } = this.turned;
    const right = a * Math.cos(yaw) + c * Math.sin(yaw);
    const back = c * Math.cos(yaw) - a * Math.sin(yaw);
    return [right, b * Math.cos(pitch) - back * Math.sin(pitch), back * Math.cos(pitch) + b * Math.sin(pitch)];
  }

  extent() {
    const all = this.data.arrows ? this.data.points.concat(this.data.arrows) : this.data.points;
    const low = [0, 1, 2].map((axis) => Math.min(...all.map((point) => point[axis] ?? 0)));
    const high = [0, 1, 2].map((axis) => Math.max(...all.map((point) => point[axis] ?? 0)));
    this.middle = low.map((value, axis) => (value + high[axis]) / 2);
    this.corners = [];
    for (let corner = 0; corner < (this.turns ? 8 : 4); corner += 1) {
      this.corners.push([0, 1, 2].map((axis) => ((corner >> axis) & 1 ? high : low)[axis]));
    }
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!this.data || !width || !height) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    this.extent();
    const style = getComputedStyle(this.host);
    const colours = { ink: style.color, paper: style.getPropertyValue("--st-background-color") || "white" };
    const corners = this.corners.map((corner) => this.placed(corner));
    // any turn fits, so that the picture does not breathe while it turns; what lies along a line would be tiny then
    const still = this.turns && !this.data.low;
    const reach = [0, 1].map((axis) => (still ? Math.hypot(...corners[0]) : Math.max(...corners.map((one) => one[axis]))));
    const scale = Math.min((width / 2 - ROOM) / (reach[0] || 1), (height / 2 - ROOM) / (reach[1] || 1));
    const at = ([right, up]) => [width / 2 + scale * right, height / 2 - scale * up];
    if (this.turns) this.box(context, corners.map(at), colours.ink);
    if (this.data.arrows) this.arrows(context, at, colours.ink);
    this.points(context, at, colours);
    this.letters(context, at, colours);
    this.canvas.dataset.points = this.data.points.length;
    this.canvas.dataset.name = this.data.name;
    this.canvas.dataset.turned = this.turns ? `${this.turned.yaw.toFixed(2)} ${this.turned.pitch.toFixed(2)}` : "";
  }

  box(context, corners, ink) {
    context.strokeStyle = ink;
    context.globalAlpha = 0.25;
    for (let one = 0; one < 8; one += 1) {
      for (const axis of [1, 2, 4]) {
        if (one & axis) continue;
        context.beginPath();
        context.moveTo(...corners[one]);
        context.lineTo(...corners[one | axis]);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  arrows(context, at, ink) {
    context.strokeStyle = ink;
    context.globalAlpha = 0.4;
    this.data.points.forEach((point, place) => {
      const [from, to] = [at(this.placed(point)), at(this.placed(this.data.arrows[place]))];
      const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
      const head = Math.min(6, Math.hypot(to[0] - from[0], to[1] - from[1]) / 2);
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      for (const side of [0.5, -0.5]) {
        context.moveTo(...to);
        context.lineTo(to[0] - head * Math.cos(angle + side), to[1] - head * Math.sin(angle + side));
      }
      context.stroke();
    });
    context.globalAlpha = 1;
  }

  points(context, at, { paper }) {
    const marks = this.data.marks;
    const shown = this.data.points.map((point, place) => [this.placed(point), marks[this.data.groups[place]]]);
    shown.sort((one, other) => one[0][2] - other[0][2]); // the nearest lie on top
    const depth = Math.max(...shown.map(([place]) => Math.abs(place[2])), 1e-9);
    context.strokeStyle = paper;
    context.lineWidth = 0.7;
    for (const [place, mark] of shown) {
      context.globalAlpha = this.turns ? 0.7 + (0.3 * place[2]) / depth : 0.9;
      outline(context, mark.shape, ...at(place), this.data.arrows ? RADIUS / 2 : RADIUS);
      context.fillStyle = mark.colour;
      context.fill();
      context.stroke();
    }
    context.globalAlpha = 1;
    context.lineWidth = 1;
  }

  letters(context, at, { ink, paper }) {
    if (this.data.marks.length < 2) return;
    context.font = `600 16px ${getComputedStyle(this.host).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 4;
    context.lineJoin = "round";
    this.data.marks.forEach((mark, group) => {
      const own = this.data.points.filter((_, place) => this.data.groups[place] === group).map((point) => this.placed(point));
      if (!own.length) return;
      const [x] = at([own.reduce((sum, place) => sum + place[0], 0) / own.length, 0]);
      const y = at([0, Math.max(...own.map((place) => place[1]))])[1] - 2 * RADIUS - 6;
      context.strokeStyle = paper;
      context.strokeText(mark.name, x, y);
      context.fillStyle = ink;
      context.fillText(mark.name, x, y);
    });
    context.lineWidth = 1;
  }
}

export default function (component) {
  const root = component.parentElement;
  let space = spaces.get(root);
  if (!space) spaces.set(root, (space = new Space(root)));
  space.receive(component);
  return () => setTimeout(() => {
    if (space.host.isConnected) return;
    space.observer.disconnect();
    space.watcher.disconnect();
  }, 0);
}
