// The visible window: a centre in map units and a scale in pixels per unit, the same in both directions.
class View {
  constructor() { this.x = 0; this.y = 0; this.scale = 1; this.width = 1; this.height = 1; this.byHand = false; this.fitted = null; }

  resize(width, height) {
    if (width === this.width && height === this.height) return;
    const ratio = Math.min(width / this.width, height / this.height);
    const first = this.width === 1;
    this.width = width;
    this.height = height;
    if (!first && this.byHand) this.scale *= ratio;
    else if (this.fitted) this.fit(this.fitted);
  }

  fit(box) {
    const margin = 26;
    const [left, bottom, right, top] = box;
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    this.scale = Math.min(
      (this.width - 2 * margin) / Math.max(right - left, 1e-9),
      (this.height - 2 * margin) / Math.max(top - bottom, 1e-9),
    );
    if (!(this.scale > 0)) this.scale = 1;
    this.fitted = box;
  }

  // A new frame moves a view that was not set by hand only when points leave the window or fill little of it, so that the
  // picture does not jump with each frame.
  follow(box) {
    if (this.byHand) { this.fitted = box; return; }
    if (!this.fitted) { this.fit(box); return; }
    const [left, bottom, right, top] = box;
    const [x0, y0, x1, y1] = this.box();
    const outside = left < x0 || right > x1 || bottom < y0 || top > y1;
    const share = Math.max((right - left) / (x1 - x0), (top - bottom) / (y1 - y0));
    if (outside || share < 0.6) this.fit(box);
    else this.fitted = box;
  }

  box() {
    const w = this.width / 2 / this.scale;
    const h = this.height / 2 / this.scale;
    return [this.x - w, this.y - h, this.x + w, this.y + h];
  }

  toScreen(x, y) { return [(x - this.x) * this.scale + this.width / 2, this.height / 2 - (y - this.y) * this.scale]; }

  toMap(px, py) { return [this.x + (px - this.width / 2) / this.scale, this.y - (py - this.height / 2) / this.scale]; }

  pan(dx, dy) { this.x -= dx / this.scale; this.y += dy / this.scale; this.byHand = true; }

  zoom(factor, px, py) {
    const [wx, wy] = this.toMap(px, py);
    const base = this.fitted ? this.baseScale() : this.scale;
    this.scale = Math.min(Math.max(this.scale * factor, base / 4), base * 400);
    this.x = wx - (px - this.width / 2) / this.scale;
    this.y = wy + (py - this.height / 2) / this.scale;
    this.byHand = true;
  }

  baseScale() {
    const [left, bottom, right, top] = this.fitted;
    return Math.min(this.width / Math.max(right - left, 1e-9), this.height / Math.max(top - bottom, 1e-9));
  }

  // The window of another view: the same one, or the same part of the box in which all points lie.
  take(other, same) {
    if (!other.byHand) { this.reset(); return; }
    if (!this.fitted || !other.fitted) return;
    const [from, to] = [same ? this.fitted : other.fitted, this.fitted];
    const along = (value, k) => to[k] + ((value - from[k]) / Math.max(from[k + 2] - from[k], 1e-9)) * (to[k + 2] - to[k]);
    this.x = along(other.x, 0);
    this.y = along(other.y, 1);
    const base = same ? Math.min(this.width / other.width, this.height / other.height) : this.baseScale() / other.baseScale();
    this.scale = other.scale * base;
    this.byHand = true;
  }

  // How far it is zoomed in: 1 shows all points.
  zoomed() { return this.fitted ? this.scale / this.baseScale() : 1; }

  reset() { this.byHand = false; if (this.fitted) this.fit(this.fitted); }

  text() { return this.box().map((v) => v.toFixed(4)).join(","); }
}
