// Colours and shapes of the cells. Colours are mixed here, not in CSS, so that the text colour can be chosen by contrast.
const SHAPES = {
  circle: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16z",
  up: "M12 3L22 20H2z",
  down: "M12 21L2 4H22z",
  diamond: "M12 2L22 12L12 22L2 12z",
  dot: "M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6z",
};

function shape(mark) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "shape");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[mark.shape]);
  path.setAttribute("fill", mark.colour);
  svg.append(path);
  return svg;
}

function channels(colour) {
  const text = colour.trim();
  if (text.startsWith("#")) {
    const hex = text.length < 6 ? [...text.slice(1, 4)].map((digit) => digit + digit).join("") : text.slice(1, 7);
    return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }
  const numbers = (text.match(/[\d.]+/g) || []).slice(0, 3).map(Number);
  return numbers.length === 3 ? numbers : [255, 255, 255];
}

function mix(from, to, share) {
  return from.map((value, k) => value + (to[k] - value) * Math.max(0, Math.min(1, share)));
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function css(rgb) {
  return `rgb(${rgb.map(Math.round).join(" ")})`;
}

class Palette {
  constructor(host, data) {
    const style = getComputedStyle(host);
    this.ground = channels(style.getPropertyValue("--st-background-color") || "#ffffff");
    this.ink = channels(style.getPropertyValue("--st-text-color") || "#31333f");
    this.dark = luminance(this.ground) < 0.2;
    this.attract = channels(this.dark ? data.colours.attract_on_dark : data.colours.attract);
    this.repel = channels(data.colours.repel);
  }

  relation(mark) { return mix(this.ground, channels(mark.colour), this.dark ? 0.1 : 0.16); }
  weight(share) { return mix(this.ground, this.attract, share); }
  cosine(value) { return mix(this.ground, this.ink, Math.max(0, value) * 0.7); }
  // a square root keeps small forces visible beside large ones; the number in the cell is the force itself
  force(share) { return mix(this.ground, share < 0 ? this.attract : this.repel, Math.sqrt(Math.abs(share))); }

  paint(cell, rgb) {
    cell.style.backgroundColor = css(rgb);
    cell.style.color = luminance(rgb) > 0.179 ? "#000" : "#fff";
  }
}
