// While a lesson is presented: the text of its card is as large as the window holds, the picture beside it as high as what is
// left, so that nothing is below the fold. Both are found by trying, because only the browser knows how the text breaks.
const STEP = 0.02; // of a text's size
const TEXT = [0.6, 1.4]; // times the size that the style gives
const PICTURE = [120, 2400]; // pixels
const WHOLE = [0.6, 1]; // times the size of everything beside the card
const EDGE = 10; // pixels that stay free at the lower edge

class Wall {
  constructor(card) {
    this.card = card; // the class of the card's container
    this.root = document.documentElement;
    this.text = 1;
    this.picture = PICTURE[0];
    this.whole = WHOLE[1];
    this.soon = () => { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.fit(); }); };
    this.watched = new ResizeObserver(this.soon);
    this.changed = new MutationObserver(this.soon);
    this.changed.observe(document.querySelector("[data-testid=stMain]") ?? document.body, { childList: true, characterData: true, subtree: true });
    addEventListener("resize", this.soon);
    this.pressed = (event) => this.key(event);
    addEventListener("keydown", this.pressed);
    this.soon();
  }

  parts() {
    const card = document.querySelector(`.${this.card}`);
    const beside = card?.closest("[data-testid=stColumn]")?.nextElementSibling?.firstElementChild ?? null;
    return [card, beside];
  }

  fit() {
    const parts = this.parts();
    const [card, beside] = parts;
    if (!card) return;
    if (this.seen?.some((node, k) => node !== parts[k]) ?? true) {
      this.seen = parts;
      this.watched.disconnect();
      for (const node of parts.flatMap((part) => [...part?.children ?? []])) this.watched.observe(node);
    }
    this.text = this.largest("--card-zoom", "", this.text, TEXT, STEP, card);
    if (beside?.children.length) this.picture = this.largest("--picture-height", "px", this.picture, PICTURE, 2, beside);
    // a picture of fixed parts, higher than the window even so, is shown smaller
    if (beside?.children.length) this.whole = this.largest("--beside-zoom", "", this.whole, WHOLE, STEP, beside);
    const shown = [innerWidth, innerHeight, beside?.getBoundingClientRect().top].join();
    if (shown === this.shown) return;
    this.shown = shown;
    dispatchEvent(new Event("resize")); // parts that measure the window themselves
  }

  // The largest value of a property with which a part of the page ends above the lower edge of the window.
  largest(name, unit, now, [low, high], step, part) {
    const fits = (value) => {
      this.root.style.setProperty(name, value + unit);
      return Math.max(...[...part.children].map((node) => node.getBoundingClientRect().bottom)) <= innerHeight - EDGE - padding(part);
    };
    if (!fits(now + step) && fits(now)) return now;
    let [least, most] = [low, high];
    if (fits(most)) return most;
    while (most - least > step) {
      const middle = (least + most) / 2;
      if (fits(middle)) least = middle;
      else most = middle;
    }
    fits(least);
    return least;
  }

  key(event) {
    if (event.key.toLowerCase() !== "f" || event.ctrlKey || event.metaKey || event.altKey || inField(event)) return;
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.().catch(() => null); // a browser may forbid it: its own key still works
  }

  leave() {
    this.watched.disconnect();
    this.changed.disconnect();
    removeEventListener("resize", this.soon);
    removeEventListener("keydown", this.pressed);
    cancelAnimationFrame(this.frame);
    for (const name of ["--card-zoom", "--picture-height", "--beside-zoom"]) this.root.style.removeProperty(name);
    if (document.fullscreenElement === this.root) document.exitFullscreen();
    requestAnimationFrame(() => dispatchEvent(new Event("resize")));
  }
}

function padding(node) { return parseFloat(getComputedStyle(node).paddingBottom) * (parseFloat(getComputedStyle(node).zoom) || 1); }

const registry = (globalThis[Symbol.for("mlcl.present")] ??= { wall: null });

export default function ({ data }) {
  const mine = registry.owner = {}; // the next one may be mounted before this one is taken away
  registry.wall ??= new Wall(data.card);
  registry.wall.soon();
  return () => {
    if (registry.owner !== mine) return;
    registry.wall?.leave();
    registry.wall = null;
  };
}
