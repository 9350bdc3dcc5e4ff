// Moves through the frames of a recorded run: the cloud draws each of them and glides to the next. Plays by itself, again and again
// with a rest at the end, until it is stopped; where motion is off it begins with the last frame, and stands.
const EACH_MS = 420, REST_MS = 4000, AGAIN_MS = 100; // a frame, the last frame, while the page is hidden or the cloud is not there yet

// The number of messages and their lengths, as in __init__.py.
function unbundled(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true), found = [];
  for (let k = 0, start = 4 * (count + 1); k < count; k++) {
    const length = view.getUint32(4 * (k + 1), true);
    found.push(bytes.slice(start, start + length));
    start += length;
  }
  return found;
}

// The switch in the header may be mounted later than the player: what the browser keeps of it counts too.
function isCalm() {
  const { mlclMotion } = document.documentElement.dataset;
  return matchMedia("(prefers-reduced-motion: reduce)").matches || (mlclMotion ?? keptMotion()) === "off";
}

function keptMotion() {
  try {
    return localStorage.getItem("mlcl.motion");
  } catch {
    return null;
  }
}

class Player {
  constructor(parent, bytes) {
    this.frames = unbundled(bytes);
    this.playing = !isCalm();
    this.at = this.playing ? 0 : this.frames.length - 1;
    this.host = document.createElement("div");
    this.host.className = "player";
    const controls = document.createElement("div");
    controls.className = "controls";
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.onclick = () => this.turn();
    this.progress = document.createElement("progress");
    this.progress.max = this.frames.length - 1;
    this.progress.setAttribute("aria-label", "Position in the recorded training");
    controls.append(this.button, this.progress);
    parent.append(this.host, controls);
    this.root = this.host.attachShadow({ mode: "open" });
    this.show();
  }

  turn() {
    this.playing = !this.playing;
    if (this.playing && this.at === this.frames.length - 1) this.at = 0;
    clearTimeout(this.timer);
    this.show();
  }

  // The cloud's drawing code may arrive later than this.
  show() {
    const { show } = globalThis[Symbol.for("mlcl.cloud")] ?? {};
    this.button.textContent = this.playing ? "Stop" : "Play";
    this.button.title = this.playing ? "Stop the recorded training" : "Play the recorded training";
    this.progress.value = this.at;
    this.host.dataset.frame = show ? this.at : "";
    if (show) show({ data: this.frames[this.at], parentElement: this.root, setTriggerValue: () => {} });
    if (!show || this.playing) this.timer = setTimeout(() => this.next(Boolean(show)), this.wait(show));
  }

  wait(show) {
    if (!show) return AGAIN_MS;
    return this.at === this.frames.length - 1 ? REST_MS : EACH_MS;
  }

  next(shown) {
    if (!this.host.isConnected) return this.leave();
    if (document.hidden) this.timer = setTimeout(() => this.next(shown), AGAIN_MS);
    else {
      if (shown) this.at = (this.at + 1) % this.frames.length;
      this.show();
    }
  }

  leave() {
    clearTimeout(this.timer);
    globalThis[Symbol.for("mlcl.cloud")]?.leave?.(this.root);
  }
}

const players = (globalThis[Symbol.for("mlcl.player")] ??= new WeakMap());

export default function ({ data, parentElement }) {
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement, data));
  return () => setTimeout(() => {
    const player = players.get(parentElement);
    if (player && !player.host.isConnected) player.leave();
  }, 0);
}
