// The timeline: one slider over all frames of a run. At its right end it is live; anywhere else it shows the past while
// training goes on. Only the chosen step goes to the server, at most eight times a second.
const SEND_MS = 125;
const PLAY_MS = 450;
const SPEEDS = [0.5, 1, 2, 4];
const MARK_WIDTH = 14; // CSS pixels; marks that are closer share one button
const RANK = ["alarm", "set", "best", "moved", "resumed", "pause"]; // the order in which such a button takes its sign
const timelines = new WeakMap();

function make(tag, className, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.textContent = text;
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
    this.slider.min = 0;
    this.slider.step = 1;
    this.slider.setAttribute("aria-label", "Frame of the run");
    this.track.append(this.slider, this.marks);
    this.text = make("span", "text");
    this.liveButton = this.button("live", "● live", "Follow the newest frame");
    this.host.append(this.play, this.rate, this.track, this.text, this.liveButton);
    root.append(this.host);

    this.slider.addEventListener("input", () => { this.stopPlaying(); this.moveTo(Number(this.slider.value)); });
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
    this.slider.max = Math.max(0, this.last());
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

  // A marker stands between the two frames around its step.
  shareOf(step) {
    const before = this.indexOf(step);
    const [a, b] = [this.steps[before] ?? 0, this.steps[before + 1]];
    const part = b > a ? Math.min(Math.max((step - a) / (b - a), 0), 1) : 0;
    return this.last() ? Math.min((before + part) / this.last(), 1) : 0;
  }

  drawMarks() {
    const width = Math.max(0, this.marks.clientWidth - 16);
    if (!this.given || !width) return;
    const signature = JSON.stringify([this.given, this.steps.length, width]);
    if (signature === this.signature) return;
    this.signature = signature;
    const placed = this.given.map((mark) => ({ mark, share: this.shareOf(mark.step) })).sort((p, q) => p.share - q.share);
    const groups = [];
    for (const one of placed) {
      const group = groups.at(-1);
      if (group && (one.share - group[0].share) * width < MARK_WIDTH) group.push(one);
      else groups.push([one]);
    }
    const focused = this.marks.getRootNode().activeElement?.dataset.step;
    this.marks.replaceChildren(...groups.map((group) => this.markOf(group)));
    if (focused) [...this.marks.children].find((node) => node.dataset.step === focused)?.focus();
  }

  markOf(group) {
    const rank = ({ mark }) => (RANK.indexOf(mark.kind) + 1 || RANK.length + 1);
    const first = group.reduce((best, one) => (rank(one) < rank(best) ? one : best));
    const words = [...new Set(group.map(({ mark }) => mark.text))];
    const text = words.slice(0, 4).join(" · ") + (words.length > 4 ? ` · ${words.length - 4} more` : "");
    const node = this.button(`mark ${first.mark.kind}`, first.mark.sign, text);
    node.dataset.step = first.mark.step;
    node.style.left = `calc(8px + ${first.share.toFixed(4)} * (100% - 16px))`;
    node.addEventListener("click", () => { this.stopPlaying(); this.moveTo(this.indexOf(first.mark.step)); });
    return node;
  }

  show() {
    this.slider.value = this.index;
    const step = this.steps[this.index];
    const newest = this.steps[this.last()];
    this.text.textContent = this.steps.length ? `step ${step.toLocaleString("en")} of ${newest.toLocaleString("en")}` : "no frames yet";
    this.slider.setAttribute("aria-valuetext", this.text.textContent);
    this.liveButton.classList.toggle("on", this.live);
    this.liveButton.textContent = this.growing ? "● live" : "⇥ newest";
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
    this.play.textContent = "⏸";
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
