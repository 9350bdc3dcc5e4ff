// The points: what each looks like and in which order they are drawn, on a canvas of their own beneath rings and arrows. How
// they get there: webgl.js where the browser has WebGL2, else raster.js. A canvas is redrawn only when something changed.
const FADED = 1 << 11; // beyond the keys of the 256 codes in SIZE_STEPS sizes

const points = {
  // `mask`: 1 for each point in its colour, 0 for each in grey; null: none is grey for that reason. A new array each time.
  draw(cloud, mask) {
    cloud.drawing ??= new Drawing(cloud);
    cloud.drawing.draw(cloud, mask);
  },

  close(cloud) {
    cloud.drawing?.close();
    cloud.drawing = null;
  },
};

class Drawing {
  constructor(cloud) {
    this.renderer = this.begin(cloud, webglPoints) ?? this.begin(cloud, rasterPoints);
  }

  begin(cloud, make) {
    const layer = element("canvas", "points");
    layer.setAttribute("aria-hidden", "true");
    const renderer = make(layer, () => this.fallBack(cloud), registry.renderer);
    if (!renderer) return null;
    cloud.stage.prepend(layer);
    this.shown = "";
    cloud.canvas.dataset.renderer = renderer.name;
    return renderer;
  }

  // A browser takes contexts away when a page has too many, or when the graphics driver starts anew; a texture may be too small.
  fallBack(cloud) {
    if (cloud.drawing !== this) return;
    this.renderer.close();
    this.renderer = this.begin(cloud, rasterPoints);
    cloud.draw();
  }

  close() { this.renderer.close(); }

  draw(cloud, mask) {
    const { view, ratio, canvas, header, from, to, marks, off } = cloud;
    const looks = [marks.signature, [...off]].join();
    if (looks !== this.looks || mask !== this.mask || cloud.arrays !== this.arrays) {
      Object.assign(this, { looks, mask, arrays: cloud.arrays });
      this.look(cloud, mask);
      this.shown = "";
    }
    const shown = [view.x, view.y, view.scale, canvas.width, canvas.height, ratio].join();
    if (shown === this.shown && !from && this.places === to) return;
    this.shown = from ? "" : shown;
    this.places = to;
    this.renderer.draw({
      ...{ view, ratio, from, to, now: cloud.now, eased: cloud.eased, page: cloud.theme.page, n: header.n },
      ...{ width: canvas.width, height: canvas.height, stamps: marks.stamps, look: this.stamp, order: this.order },
    });
  }

  // The stamp of each point, and the drawing order: grey points, then the last entries of the legend beneath the first, then
  // by index.
  look({ header, arrays, marks, off }, mask) {
    const { n, legend } = header;
    const { code, size } = arrays;
    const faded = new Uint8Array(256);
    for (const one of off) faded[one] = 1;
    const rank = new Uint16Array(256);
    legend.forEach((entry, position) => { rank[entry.code] = 1 + legend.length - position; });
    const stampOf = new Int32Array(2 * FADED).fill(-1);
    const ranks = new Uint16Array(n);
    const starts = new Uint32Array(legend.length + 4);
    this.stamp = new Uint16Array(n);
    for (let i = 0; i < n; i++) {
      const grey = faded[code[i]] || (mask !== null && !mask[i]);
      const key = code[i] * SIZE_STEPS + sizeStep(size[i]) + (grey ? FADED : 0);
      if (stampOf[key] < 0) stampOf[key] = marks.stamp(code[i], sizeStep(size[i]), Boolean(grey));
      this.stamp[i] = stampOf[key];
      ranks[i] = grey ? 0 : rank[code[i]] + 1;
      starts[ranks[i] + 1] += 1;
    }
    for (let k = 1; k < starts.length; k++) starts[k] += starts[k - 1];
    this.order = new Uint32Array(n);
    for (let i = 0; i < n; i++) this.order[starts[ranks[i]]++] = i;
  }
}
