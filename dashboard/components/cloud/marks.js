// Shapes and sizes of the points. Each mark is drawn once into a small bitmap, its stamp, that all its points copy.
const SIZE_STEPS = 8;
const RIM = 0.7;
const REACH = { up: 1.2, down: 1.2, diamond: 1.25, square: 0.9 }; // from the middle, in radii
const MITRE = { up: 2.1, down: 2.1, diamond: 1.42 }; // how far the rim stands out at the sharpest corner, in half widths

function tracePath(context, shape, x, y, r) {
  context.beginPath();
  if (shape === "up" || shape === "down") {
    const sign = shape === "up" ? 1 : -1;
    context.moveTo(x, y - sign * 1.2 * r);
    context.lineTo(x + 1.1 * r, y + sign * 0.8 * r);
    context.lineTo(x - 1.1 * r, y + sign * 0.8 * r);
  } else if (shape === "diamond") {
    context.moveTo(x, y - 1.25 * r);
    context.lineTo(x + 1.25 * r, y);
    context.lineTo(x, y + 1.25 * r);
    context.lineTo(x - 1.25 * r, y);
  } else if (shape === "square") {
    context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  } else {
    context.arc(x, y, r, 0, 2 * Math.PI);
  }
  context.closePath();
}

// How much larger than usual text and points are, as on a page in large type.
function textScale() { return (parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16; }

// radius in CSS pixels; `share` is the weight divided by the largest weight, in [0, 1]
function markRadius(entry, share) {
  return entry.shape === "dot" ? 2.2 : 3.4 + 4.6 * Math.sqrt(share);
}

function sizeStep(size) { return Math.round((size / 255) * (SIZE_STEPS - 1)); }

class Marks {
  constructor() { this.stamps = []; this.signature = ""; }

  // `selecting`: some points are greyed out, so that small pale ones among the others have to stand out.
  prepare(legend, theme, ratio, selecting = false) {
    this.legend = new Map(legend.map((entry) => [entry.code, entry])); // the wording changes with the role
    const signature = JSON.stringify([legend.map((e) => [e.code, e.colour, e.shape]), theme, ratio, selecting]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.stamps = []; // { canvas, half }: a bitmap and half its width in pixels
    this.places = new Map();
    this.theme = theme;
    this.ratio = ratio;
    this.selecting = selecting;
  }

  // Where in `stamps` the mark of a code stands; faded marks of one shape are the same.
  stamp(code, step, faded) {
    const entry = this.legend.get(code) || { colour: "#999999", shape: "dot" };
    const key = `${faded ? "" : entry.colour} ${entry.shape} ${entry.shape === "dot" ? 0 : step}`;
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.stamps.push(this.paint(entry, this.theme.scale * markRadius(entry, step / (SIZE_STEPS - 1)), faded)) - 1;
      this.places.set(key, place);
    }
    return place;
  }

  paint(entry, radius, faded) {
    const strong = this.selecting && !faded && entry.shape === "dot";
    radius += strong ? 0.5 : 0;
    const rim = faded || entry.shape === "dot" ? 0 : (RIM / 2) * (MITRE[entry.shape] ?? 1);
    const half = Math.ceil(((REACH[entry.shape] ?? 1) * radius + rim) * this.ratio);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * half;
    const context = canvas.getContext("2d");
    context.scale(this.ratio, this.ratio);
    const centre = half / this.ratio;
    tracePath(context, entry.shape, centre, centre, radius);
    context.globalAlpha = faded ? 0.16 : strong ? 1 : entry.shape === "dot" ? 0.62 : 0.92;
    context.fillStyle = faded ? this.theme.text : entry.colour;
    context.fill();
    if (!faded && entry.shape !== "dot") {
      // a thin rim in the text colour sets pale blue and orange off a white page
      context.globalAlpha = 0.45;
      context.strokeStyle = this.theme.text;
      context.lineWidth = RIM;
      context.stroke();
    }
    return { canvas, half };
  }

  legendIcon(entry) {
    const canvas = document.createElement("canvas");
    const ratio = this.ratio * this.theme.scale;
    canvas.width = canvas.height = 16 * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    tracePath(context, entry.shape, 8, 8, entry.shape === "dot" ? 2.8 : 5);
    context.fillStyle = entry.colour;
    context.fill();
    if (entry.shape !== "dot") {
      context.globalAlpha = 0.5;
      context.strokeStyle = this.theme.text;
      context.lineWidth = RIM;
      context.stroke();
    }
    return canvas;
  }
}

const pixelsOf = new Map(); // reading a pixel back waits for the graphics card

function pixelOf(colour) {
  if (!pixelsOf.has(colour)) {
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    pixelsOf.set(colour, context.getImageData(0, 0, 1, 1).data);
  }
  return pixelsOf.get(colour);
}

function isDark(colour) {
  const [red, green, blue] = pixelOf(colour);
  return 0.3 * red + 0.59 * green + 0.11 * blue < 128;
}
