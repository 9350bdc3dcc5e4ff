// A message: "MLC2", the length of the header, a JSON header, then the arrays named in it (written by dashboard/figures/wire.py).
const MAGIC = 0x32434c4d;
const ARRAY_TYPES = {
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array,
};

function decodeMessage(bytes) {
  const copy = bytes.slice(); // the socket returns a view at any offset; typed arrays need an aligned start
  const view = new DataView(copy.buffer);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("cloud: not a message of this version");
  const start = 8 + view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(copy.subarray(8, start)));
  const arrays = {};
  for (const [name, type, count, offset, palette] of header.arrays) {
    const kind = ARRAY_TYPES[type];
    arrays[name] = palette ? outOfPalette(copy.subarray(start + offset), kind.from(palette), new kind(count)) : new kind(copy.buffer, start + offset, count);
  }
  return { header, arrays };
}

// An array with few values, from their places in a list: 1, 2, 4 or 8 bits each, the first one lowest in its byte.
function outOfPalette(packed, palette, values) {
  if (palette.length === 1) return values.fill(palette[0]);
  const bits = [1, 2, 4, 8].find((one) => palette.length <= 1 << one);
  const [each, mask] = [8 / bits, (1 << bits) - 1];
  for (let i = 0; i < values.length; i++) values[i] = palette[(packed[Math.floor(i / each)] >> (bits * (i % each))) & mask];
  return values;
}

// What is the same in all frames of a run (names, labels, pictures), kept by its digest.
class Items {
  constructor({ header, arrays }) {
    this.names = header.names;
    this.texts = header.texts || [];
    this.labelNames = header.label_names;
    this.ids = arrays.ids;
    this.offsets = arrays.label_offsets;
    this.members = arrays.label_members;
    this.tile = header.tile;
    this.columns = header.columns;
    this.picture = null;
    if (arrays.atlas) {
      const sheet = new Blob([arrays.atlas], { type: "image/png" });
      this.ready = createImageBitmap(sheet).then((bitmap) => { this.picture = bitmap; });
    }
  }

  // Row of the item with this id; -1: none.
  rowOf(id) {
    this.rows ??= new Map(Array.from(this.ids, (one, row) => [one, row]));
    return this.rows.get(id) ?? -1;
  }

  labels(index) {
    const found = [];
    for (let k = this.offsets[index]; k < this.offsets[index + 1]; k++) found.push(this.labelNames[this.members[k]]);
    return found;
  }

  drawPicture(canvas, index) {
    const shown = this.picture !== null;
    canvas.hidden = !shown;
    if (!shown) return;
    const context = canvas.getContext("2d");
    const left = (index % this.columns) * this.tile;
    const top = Math.floor(index / this.columns) * this.tile;
    context.imageSmoothingEnabled = canvas.width < this.tile * 1.5;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.picture, left, top, this.tile, this.tile, 0, 0, canvas.width, canvas.height);
  }
}

// The items with the labels of some replaced ("what if").
function withEdits(items, edits) {
  if (!items || !edits || !Object.keys(edits).length) return items;
  const edited = Object.create(items);
  edited.labels = (index) => (index in edits ? edits[index].map((label) => items.labelNames[label]) : items.labels(index));
  return edited;
}

// A number with three decimals, without "-0.000" and with a true minus sign.
function readable(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? "−" : "") + text;
}

function asSet(labels) {
  return labels.length ? `{${labels.join(", ")}}` : "{ } (no labels)";
}
