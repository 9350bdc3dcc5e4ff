// The timeline: one slider over the steps of a run, which stops at its frames. At its right end it is live; anywhere else it
// shows the past while training goes on. Only the chosen step goes to the server, at most eight times a second.
const SEND_MS = 125;
const PLAY_MS = 450;
const SPEEDS = [0.5, 1, 2, 4];
const MARK_WIDTH = 14; // CSS pixels; marks that are closer share one button
const TICK_APART = 3; // CSS pixels; frames that are closer on average have no ticks
const THUMB = 8; // CSS pixels from an end of the track to the thumb's middle there
const PAGE = 10; // frames that Page Up and Page Down skip
const RANK = ["alarm", "set", "best", "moved", "resumed", "pause"]; // the order in which such a button takes its sign
const timelines = new WeakMap();

function make(tag, className, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
  return node;
}

function rankOf(mark) { return RANK.indexOf(mark.kind) + 1 || RANK.length + 1; }

// Put where the thumb stands at a share of the track.
function at(node, share) {
  node.style.left = `calc(${THUMB}px + ${share.toFixed(4)} * (100% - ${2 * THUMB}px))`;
  return node;
}

class Timeline {
  constructor(root) {
    this.steps = [];
    this.live = true;
    this.speed = 1;
    this.run = null;
    this.host = make("div", "timeline");
    this.play = this.button("play", "▶", "Play the run from here");
    this.rate = this.button("rate", "×1", "How fast to play");
    this.track = make("div", "track");
    this.marks = make("div", "marks");
    this.slider = make("input", "slider");
    this.slider.type = "range";
    this.slider.step = 1;
    this.slider.setAttribute("aria-label", "Step of the run");
    this.ticks = make("div", "ticks");
    this.words = make("div", "words");
    this.track.append(this.ticks, this.slider, this.words, this.marks);
    this.text = make("span", "text");
    this.liveButton = this.button("live", "● live", "Follow the newest frame");
    this.key = make("div", "key"); // of the marks that have no room for a word beside them
    this.host.append(this.play, this.rate, this.track, this.text, this.liveButton, this.key);
    root.append(this.host);

    this.slider.addEventListener("input", () => { this.stopPlaying(); this.moveTo(this.nearest(Number(this.slider.value))); });
    this.slider.addEventListener("keydown", (event) => this.keyed(event));
    this.liveButton.addEventListener("click", () => { this.stopPlaying(); this.goLive(); });
    this.play.addEventListener("click", () => (this.timer ? this.stopPlaying() : this.startPlaying()));
    this.rate.addEventListener("click", () => {
      this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length];
      this.rate.textContent = `×${this.speed}`;
      if (this.timer) { this.stopPlaying(); this.startPlaying(); }
    });
    this.observer = new ResizeObserver(() => this.drawMarks());
    this.observer.observe(this.marks);
  }

  button(name, text, title) {
    const node = make("button", name, text);
    node.type = "button";
    node.title = title;
    node.setAttribute("aria-label", title);
    return node;
  }

  receive(component) {
    const { data } = component;
    this.send = component.setStateValue;
    this.growing = data.growing;
    this.steps = data.steps;
    // the page moved: to another run, or to the step of a lesson's card
    if (data.run !== this.run || data.placed !== this.placed) {
      this.run = data.run;
      this.placed = data.placed;
      this.sent = data.step;
      this.stopPlaying();
      this.live = data.step === null;
      this.index = this.live ? this.last() : this.indexOf(data.step);
    }
    if (this.live) this.index = this.last();
    this.index = Math.max(0, Math.min(this.index, this.last()));
    this.slider.min = this.steps[0] ?? 0;
    this.slider.max = this.steps[this.last()] ?? 0;
    this.host.classList.toggle("idle", this.steps.length < 2);
    this.slider.disabled = this.play.disabled = this.steps.length < 2;
    this.given = data.marks;
    this.drawMarks();
    this.show();
  }

  last() { return Math.max(0, this.steps.length - 1); }

  indexOf(step) {
    let found = 0;
    while (found < this.last() && this.steps[found + 1] <= step) found += 1;
    return found;
  }

  nearest(step) {
    const before = this.indexOf(step);
    const [a, b] = [this.steps[before], this.steps[before + 1]];
    return b !== undefined && b - step < step - a ? before + 1 : before;
  }

  // The arrows go from frame to frame, however many steps lie between.
  keyed(event) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -PAGE, PageUp: PAGE, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    this.stopPlaying();
    this.moveTo(Math.max(0, Math.min(this.index + by, this.last())));
  }

  // Where a step stands between the first and the newest frame, 0 to 1.
  shareOf(step) {
    const [first, newest] = [this.steps[0] ?? 0, this.steps[this.last()] ?? 0];
    return newest > first ? Math.min(Math.max((step - first) / (newest - first), 0), 1) : 0;
  }

  drawMarks() {
    const width = Math.max(0, this.marks.clientWidth - 2 * THUMB);
    if (!this.given || !width) return;
    const signature = JSON.stringify([this.given, this.steps, width]);
    if (signature === this.signature) return;
    this.signature = signature;
    const placed = this.given.map((mark) => ({ mark, share: this.shareOf(mark.step) })).sort((p, q) => p.share - q.share);
    const groups = [];
    for (const one of placed) {
      const group = groups.at(-1);
      if (group && (one.share - group[0].share) * width < MARK_WIDTH) group.push(one);
      else groups.push([one]);
    }
    for (const group of groups) group.sort((p, q) => rankOf(p.mark) - rankOf(q.mark));
    const focused = this.marks.getRootNode().activeElement?.dataset.step;
    this.marks.replaceChildren(...groups.map((group) => this.markOf(group)));
    if (focused) [...this.marks.children].find((node) => node.dataset.step === focused)?.focus();
    this.drawTicks(width);
    this.drawWords(groups, width);
  }

  drawTicks(width) {
    const sparse = this.steps.length > 1 && width / this.steps.length >= TICK_APART;
    this.ticks.replaceChildren(...(sparse ? this.steps : []).map((step) => at(make("i", ""), this.shareOf(step))));
  }

  // A word beside each mark that has room for it, one of each kind first; the others' signs are explained in a line below.
  drawWords(groups, width) {
    this.words.replaceChildren();
    const taken = groups.map(([first]) => [first.share * width - 9, first.share * width + 9]);
    const told = new Set();
    const inOrder = [...groups].sort(([p], [q]) => rankOf(p.mark) - rankOf(q.mark));
    for (const group of [...inOrder.filter(([one], k) => inOrder.findIndex(([other]) => other.mark.kind === one.mark.kind) === k), ...inOrder]) {
      if (told.has(group)) continue;
      const { mark, share } = group[0];
      const kinds = [...new Map(group.map((one) => [one.mark.brief, one.mark])).values()];
      const word = at(make("span", `word ${mark.kind}`, kinds.map((one) => one.brief).join(", ")), share);
      this.words.append(word);
      const [middle, long] = [share * width, word.offsetWidth];
      const side = [[middle + 10, middle + 10 + long], [middle - 10 - long, middle - 10]].find(
        ([from, to]) => from >= -THUMB && to <= width + THUMB && taken.every(([a, b]) => to <= a || from >= b));
      if (!side) { word.remove(); continue; }
      word.classList.toggle("before", side[0] < middle);
      word.addEventListener("click", () => this.showMark(mark));
      taken.push(side);
      told.add(group);
    }
    const briefs = new Map();
    for (const group of groups) for (const { mark } of group) if (!told.has(group)) briefs.set(mark.sign, mark.kind === "set" ? "setting changed" : mark.brief);
    for (const group of told) for (const { mark } of group) briefs.delete(mark.sign);
    this.key.replaceChildren(...[...briefs].map(([sign, brief]) => make("span", "", `${sign} ${brief}`)));
  }

  showMark(mark) { this.stopPlaying(); this.moveTo(this.indexOf(mark.step)); }

  markOf(group) {
    const [first] = group;
    const words = [...new Set(group.map(({ mark }) => mark.text))];
    const text = words.slice(0, 4).join(" · ") + (words.length > 4 ? ` · ${words.length - 4} more` : "");
    const node = at(this.button(`mark ${first.mark.kind}`, first.mark.sign, text), first.share);
    node.dataset.step = first.mark.step;
    node.addEventListener("click", () => this.showMark(first.mark));
    return node;
  }

  show() {
    const step = this.steps[this.index];
    this.slider.value = step ?? 0;
    const newest = this.steps[this.last()];
    this.text.textContent = this.steps.length ? `step ${step.toLocaleString("en")} of ${newest.toLocaleString("en")}` : "no frames yet";
    this.slider.setAttribute("aria-valuetext", this.text.textContent);
    this.liveButton.classList.toggle("on", this.live);
    this.liveButton.textContent = this.growing ? "● live" : "▸ newest";
    this.liveButton.setAttribute("aria-pressed", String(this.live));
    this.host.dataset.step = step ?? "";
    this.host.dataset.live = this.live;
    this.host.dataset.frames = this.steps.length;
  }

  moveTo(index) {
    this.index = index;
    this.live = index >= this.last();
    this.show();
    this.sendMove();
  }

  goLive() { this.moveTo(this.last()); }

  sendMove() {
    if (this.waiting) return;
    const since = performance.now() - (this.sentAt || 0);
    this.waiting = setTimeout(() => {
      this.waiting = 0;
      this.sentAt = performance.now();
      const value = this.live ? null : this.steps[this.index];
      if (value !== this.sent) { this.sent = value; this.send("moved", { run: this.run, step: value, placed: this.placed }); }
    }, Math.max(0, SEND_MS - since));
  }

  startPlaying() {
    if (this.index >= this.last()) this.moveTo(0);
    this.play.textContent = "‖";
    this.timer = setInterval(() => {
      if (this.index >= this.last()) { this.stopPlaying(); return; }
      this.moveTo(this.index + 1);
    }, PLAY_MS / this.speed);
  }

  stopPlaying() {
    clearInterval(this.timer);
    this.timer = 0;
    this.play.textContent = "▶";
  }
}

export default function (component) {
  const root = component.parentElement;
  let timeline = timelines.get(root);
  if (!timeline) timelines.set(root, (timeline = new Timeline(root)));
  timeline.receive(component);
  return () => setTimeout(() => {
    if (timeline.host.isConnected) return;
    timeline.stopPlaying();
    timeline.observer.disconnect();
  }, 0);
}
