// Points without WebGL: blended in JavaScript into the pixels of an image, from the topmost down, so that a pixel that is full
// costs one comparison. For tens of thousands of points that is several times faster than as many calls of drawImage.
const FULL = 251; // of 255; what lies beneath changes such a pixel by less than an eye sees

function rasterPoints(layer) { return new Raster(layer); }

class Raster {
  constructor(layer) {
    this.name = "2d";
    this.layer = layer;
    this.context = layer.getContext("2d", { alpha: false });
  }

  close() { this.layer.remove(); }

  resize({ width, height, ratio, stamps }) {
    const margin = Math.max(...stamps.map((stamp) => 2 * stamp.half), 1);
    const { layer } = this;
    if (this.source !== stamps) this.stamps = []; // other colours, or another theme
    this.source = stamps;
    if (layer.width === width && layer.height === height && this.margin === margin) return;
    layer.width = width;
    layer.height = height;
    layer.style.width = `${width / ratio}px`;
    layer.style.height = `${height / ratio}px`;
    this.margin = margin; // around what is seen, so that no stamp is cut
    this.stride = width + 2 * margin;
    this.image = new ImageData(this.stride, height + 2 * margin);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.stamps = [];
  }

  draw(scene) {
    this.resize(scene);
    if (this.source !== scene.stamps) this.stamps = []; // other colours, or another theme
    this.source = scene.stamps;
    for (let k = this.stamps.length; k < scene.stamps.length; k++) this.stamps.push(spread(scene.stamps[k], this.stride));
    this.pixels.fill(0);
    this.blend(scene);
    fillBeneath(this.pixels, packed(scene.page));
    this.context.putImageData(this.image, -this.margin, -this.margin);
  }

  blend({ view, ratio, now, look, order, width, height }) {
    const { pixels, stamps, stride, margin } = this;
    const scale = view.scale * ratio;
    const [right, bottom] = [width / 2 - view.x * scale, height / 2 + view.y * scale];
    for (let k = order.length - 1; k >= 0; k--) {
      const i = order[k];
      const { half, offsets, colours } = stamps[look[i]];
      const x = Math.round(now[2 * i] * scale + right - half);
      const y = Math.round(bottom - now[2 * i + 1] * scale - half);
      if (!(x >= -margin && y >= -margin && x + 2 * half <= width + margin && y + 2 * half <= height + margin)) continue;
      const first = (y + margin) * stride + x + margin;
      for (let j = 0; j < offsets.length; j++) {
        const place = first + offsets[j];
        const above = pixels[place];
        const alpha = above >>> 24;
        if (alpha > FULL) continue;
        const colour = colours[j];
        const open = 256 - alpha;
        pixels[place] = above + ((Math.imul(colour & 0xff00ff, open) >>> 8) & 0xff00ff)
          + (Math.imul((colour >>> 8) & 0xff00ff, open) & 0xff00ff00);
      }
    }
  }
}

// The pixels of a stamp that are not empty: their places in an image `stride` wide, their premultiplied colours.
function spread({ canvas, half }, stride) {
  const data = canvas.getContext("2d").getImageData(0, 0, 2 * half, 2 * half).data;
  const offsets = [];
  const colours = [];
  for (let p = 0; p < data.length / 4; p++) {
    const [red, green, blue, alpha] = data.subarray(4 * p, 4 * p + 4);
    if (!alpha) continue;
    offsets.push(Math.floor(p / (2 * half)) * stride + (p % (2 * half)));
    const part = (value) => Math.round((value * alpha) / 255);
    colours.push(((alpha << 24) | (part(blue) << 16) | (part(green) << 8) | part(red)) >>> 0);
  }
  return { half, offsets: Int32Array.from(offsets), colours: Uint32Array.from(colours) };
}

function fillBeneath(pixels, page) {
  for (let p = 0; p < pixels.length; p++) {
    const above = pixels[p];
    if (above === 0) { pixels[p] = page; continue; }
    const open = 255 - (above >>> 24);
    const part = (shift) => ((above >>> shift) & 255) + Math.round((((page >>> shift) & 255) * open) / 255);
    pixels[p] = (0xff000000 | (Math.min(part(16), 255) << 16) | (Math.min(part(8), 255) << 8) | Math.min(part(0), 255)) >>> 0;
  }
}

function packed(colour) {
  const [red, green, blue] = pixelOf(colour);
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
