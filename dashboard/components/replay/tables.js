// The strongest pairs of an item, at the steps that have a table: numbers that were computed by the Lab, three digits each
// (written by dashboard/figures/three_digits.py).
const [UNKNOWN, NEGATIVE, MANTISSAS, SMALLEST] = [0xffff, 0x8000, 900, -20];

function threeDigits(code) {
  if (code === UNKNOWN) return NaN;
  const place = code & ~NEGATIVE;
  if (!place) return 0;
  const value = Number(`${100 + ((place - 1) % MANTISSAS)}e${Math.floor((place - 1) / MANTISSAS) + SMALLEST - 2}`);
  return code & NEGATIVE ? -value : value;
}

class Tables {
  constructor({ header, arrays }) {
    this.all = header.tables.map((table, place) => ({
      ...table,
      of: (name, at) => arrays[`table${place}.${name}`][at],
    }));
  }

  // The last table not after a step, else the first.
  at(step) {
    return this.all.findLast((table) => table.step <= step) ?? this.all[0];
  }

  // Pairs of one item, the strongest force first.
  pairs(table, item) {
    const found = [];
    for (let at = item * table.width; at < (item + 1) * table.width; at++) {
      const other = table.of("other", at);
      if (other === table.none) break;
      const [weight, cosine, force] = ["weight", "cosine", "force"].map((name) => threeDigits(table.of(name, at)));
      found.push({ other, relation: table.of("relation", at), weight, cosine, force });
    }
    return found;
  }
}

// Relations of one item to all others, from the table of relations between label sets (figures/replay.py).
function relationsTo(item, { sets, relations }, { sets: count, turned, equal }) {
  const own = sets[item];
  const ofSet = new Uint8Array(count);
  for (let other = 0; other < count; other++) {
    const [low, high] = own < other ? [own, other] : [other, own];
    const pair = (low * (2 * count - low - 1)) / 2 + (high - low - 1);
    const code = 1 + (Math.floor(relations[Math.floor(pair / 3)] / 5 ** (pair % 3)) % 5);
    ofSet[other] = own === other ? equal : own < other ? code : turned[code];
  }
  const codes = Uint8Array.from(sets, (set) => ofSet[set]);
  codes[item] = 0; // the item is no pair with itself
  return codes;
}
