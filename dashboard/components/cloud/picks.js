// Which points are meant by a place or by a polygon on the screen, both in CSS pixels from the top left corner of the canvas.
// Points of a class that the legend greyed out are never meant; a selection changes nothing here.
const PICK_PIXELS = 14;
const POINTS_A_CELL = 4;
const SLABS = 256;

const picks = {
  // Index of the nearest point at most PICK_PIXELS away, the lowest of equally near ones; -1: none.
  nearest(cloud, x, y) {
    const { view, now, header } = cloud;
    if (!header?.n) return -1;
    const reach = PICK_PIXELS / view.scale;
    const [wx, wy] = view.toMap(x, y);
    const best = { square: reach * reach, index: -1 };
    if (cloud.from) { // points that move are in no grid
      nearestOf(header.n, (i) => i, cloud, wx, wy, best);
      return best.index;
    }
    if (cloud.grid?.places !== now) cloud.grid = new Grid(now);
    cloud.grid.near(wx - reach, wy - reach, wx + reach, wy + reach, (members, from, to) => {
      nearestOf(to - from, (k) => members[from + k], cloud, wx, wy, best);
    });
    return best.index;
  },

  // Indices, ascending, of the points inside a polygon [[x, y], ...]; where it crosses itself: what context.fill() fills.
  inside(cloud, polygon) {
    const { view, now, arrays, header, off } = cloud;
    const found = [];
    if (!header?.n || polygon.length < 3) return Uint32Array.from(found);
    const slabs = new Slabs(polygon);
    for (let i = 0; i < header.n; i++) {
      const x = (now[2 * i] - view.x) * view.scale + view.width / 2;
      const y = view.height / 2 - (now[2 * i + 1] - view.y) * view.scale;
      if (slabs.hold(x, y) && !off.has(arrays.code[i])) found.push(i);
    }
    return Uint32Array.from(found);
  },
};

function nearestOf(count, indexOf, { now, arrays, off }, x, y, best) {
  for (let k = 0; k < count; k++) {
    const i = indexOf(k);
    const dx = now[2 * i] - x;
    const dy = now[2 * i + 1] - y;
    const square = dx * dx + dy * dy;
    if (square > best.square || (square === best.square && (best.index < 0 || i > best.index))) continue;
    if (!off.has(arrays.code[i])) { best.square = square; best.index = i; }
  }
}

// Points in square cells of the map: `members` holds the indices cell by cell, `starts` where each cell begins.
class Grid {
  constructor(places) {
    const n = places.length / 2;
    this.places = places;
    let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < places.length; k += 2) {
      left = Math.min(left, places[k]);
      right = Math.max(right, places[k]);
      bottom = Math.min(bottom, places[k + 1]);
      top = Math.max(top, places[k + 1]);
    }
    this.left = left;
    this.bottom = bottom;
    this.cell = Math.sqrt(Math.max((right - left) * (top - bottom), 1e-30) / Math.max(n / POINTS_A_CELL, 1));
    this.cell = Math.max(this.cell, Math.max(right - left, top - bottom) / 4096);
    this.columns = Math.floor((right - left) / this.cell) + 1;
    this.rows = Math.floor((top - bottom) / this.cell) + 1;
    this.starts = new Uint32Array(this.columns * this.rows + 1);
    this.members = new Uint32Array(n);
    const cells = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      cells[i] = this.column(places[2 * i]) + this.columns * this.row(places[2 * i + 1]);
      this.starts[cells[i] + 1] += 1;
    }
    for (let c = 1; c < this.starts.length; c++) this.starts[c] += this.starts[c - 1];
    const next = this.starts.slice();
    for (let i = 0; i < n; i++) this.members[next[cells[i]]++] = i;
  }

  column(x) { return Math.min(Math.max(Math.floor((x - this.left) / this.cell), 0), this.columns - 1); }

  row(y) { return Math.min(Math.max(Math.floor((y - this.bottom) / this.cell), 0), this.rows - 1); }

  // Call visit(members, from, to) for each row of cells that touch a box.
  near(left, bottom, right, top, visit) {
    const [c0, c1] = [this.column(left), this.column(right)];
    for (let row = this.row(bottom); row <= this.row(top); row++) {
      visit(this.members, this.starts[row * this.columns + c0], this.starts[row * this.columns + c1 + 1]);
    }
  }
}

// The edges of a polygon by horizontal slabs: whether a point is inside takes the few edges of its slab, not all.
class Slabs {
  constructor(polygon) {
    const heights = polygon.map(([, y]) => y);
    this.top = Math.min(...heights);
    this.bottom = Math.max(...heights);
    this.height = Math.max(this.bottom - this.top, 1e-9) / SLABS;
    this.edges = Array.from({ length: SLABS }, () => []);
    polygon.forEach(([x0, y0], k) => {
      const [x1, y1] = polygon[(k + 1) % polygon.length];
      for (let slab = this.slab(Math.min(y0, y1)); slab <= this.slab(Math.max(y0, y1)); slab++) {
        this.edges[slab].push(x0, y0, x1, y1);
      }
    });
  }

  slab(y) { return Math.min(Math.max(Math.floor((y - this.top) / this.height), 0), SLABS - 1); }

  hold(x, y) {
    if (!(y >= this.top && y <= this.bottom)) return false;
    const edges = this.edges[this.slab(y)];
    let winding = 0;
    for (let k = 0; k < edges.length; k += 4) {
      const [x0, y0, x1, y1] = [edges[k], edges[k + 1], edges[k + 2], edges[k + 3]];
      if (y0 <= y === y1 <= y) continue; // it does not cross the height of the point
      if (x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) winding += y0 < y1 ? 1 : -1;
    }
    return winding !== 0;
  }
}
