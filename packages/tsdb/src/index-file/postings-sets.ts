/** One list is this many times longer than the other: look its elements up instead of walking it. */
const GALLOP_RATIO = 16;
/** A bitmap is used while it has at most this many bits an element. */
const BITMAP_SPARSENESS = 64;

const EMPTY = new Uint32Array(0);

/** What is in all of the ascending lists. No lists: nothing. The result may be one of the inputs. */
export function intersectPostings(lists: readonly Uint32Array[]): Uint32Array {
  if (lists.length === 0) return EMPTY;
  // Shortest first: each step can only shrink the result.
  const ordered = lists.toSorted((a, b) => a.length - b.length);
  let result = ordered[0];
  for (let i = 1; i < ordered.length && result.length > 0; i++) result = intersectTwo(result, ordered[i]);
  return result;
}

/** What is in any of the ascending lists, each element once. The result may be one of the inputs. */
export function unionPostings(lists: readonly Uint32Array[]): Uint32Array {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length === 0) return EMPTY;
  if (filled.length === 1) return filled[0];
  if (filled.length === 2) return unionTwo(filled[0], filled[1]);
  let total = 0;
  let min = Infinity;
  let max = 0;
  for (const list of filled) {
    total += list.length;
    min = Math.min(min, list[0]);
    max = Math.max(max, list[list.length - 1]);
  }
  // Lists of a damaged index need not ascend; their ends tell nothing then, so both ways below hold for any input.
  return max >= min && max - min <= total * BITMAP_SPARSENESS
    ? unionBitmap(filled, min, max)
    : unionSorted(filled, total);
}

/** What is in `from` but not in `remove`, both ascending. The result may be `from`. */
export function subtractPostings(from: Uint32Array, remove: Uint32Array): Uint32Array {
  if (from.length === 0 || remove.length === 0) return from;
  const out = new Uint32Array(from.length);
  let n = 0;
  let j = 0;
  const gallop = remove.length > from.length * GALLOP_RATIO;
  for (let i = 0; i < from.length; i++) {
    const x = from[i];
    if (gallop) j = seek(remove, x, j);
    else while (j < remove.length && remove[j] < x) j++;
    out[n] = x;
    n += j < remove.length && remove[j] === x ? 0 : 1;
  }
  return n === from.length ? from : out.subarray(0, n);
}

function intersectTwo(a: Uint32Array, b: Uint32Array): Uint32Array {
  if (b.length > a.length * GALLOP_RATIO) return intersectGallop(a, b);
  const out = new Uint32Array(a.length);
  const an = a.length;
  const bn = b.length;
  let i = 0;
  let j = 0;
  let n = 0;
  // Without branches on the data: which side moves is arithmetic.
  while (i < an && j < bn) {
    const x = a[i];
    const y = b[j];
    out[n] = x;
    n += x === y ? 1 : 0;
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
  return out.subarray(0, n);
}

function intersectGallop(few: Uint32Array, many: Uint32Array): Uint32Array {
  const out = new Uint32Array(few.length);
  let n = 0;
  let j = 0;
  for (let i = 0; i < few.length; i++) {
    const x = few[i];
    j = seek(many, x, j);
    if (j === many.length) break;
    if (many[j] === x) out[n++] = x;
  }
  return out.subarray(0, n);
}

/** The first position from `from` on that holds at least `value`: doubling steps, then halving ones. */
function seek(list: Uint32Array, value: number, from: number): number {
  if (from >= list.length || list[from] >= value) return from;
  let step = 1;
  let low = from;
  let high = from + 1;
  while (high < list.length && list[high] < value) {
    low = high;
    step *= 2;
    high = from + step;
  }
  high = Math.min(high, list.length);
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (list[middle] < value) low = middle;
    else high = middle;
  }
  return high;
}

function unionTwo(a: Uint32Array, b: Uint32Array): Uint32Array {
  if (a[a.length - 1] < b[0]) return concatenated([a, b], a.length + b.length);
  const out = new Uint32Array(a.length + b.length);
  let i = 0;
  let j = 0;
  let n = 0;
  while (i < a.length && j < b.length) {
    const x = a[i];
    const y = b[j];
    out[n++] = x < y ? x : y;
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
  while (i < a.length) out[n++] = a[i++];
  while (j < b.length) out[n++] = b[j++];
  return out.subarray(0, n);
}

function unionBitmap(lists: readonly Uint32Array[], min: number, max: number): Uint32Array {
  const words = new Int32Array(Math.floor((max - min) / 32) + 1);
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      const bit = list[i] - min;
      words[bit >>> 5] |= 1 << (bit & 31);
    }
  }
  let count = 0;
  for (let i = 0; i < words.length; i++) count += bitCount(words[i]);
  const out = new Uint32Array(count);
  let n = 0;
  for (let i = 0; i < words.length; i++) {
    let word = words[i];
    const base = min + 32 * i;
    while (word !== 0) {
      out[n++] = base + 31 - Math.clz32(word & -word);
      word &= word - 1;
    }
  }
  return out;
}

function bitCount(word: number): number {
  let w = word - ((word >>> 1) & 0x55555555);
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333);
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function unionSorted(lists: readonly Uint32Array[], total: number): Uint32Array {
  const all = concatenated(lists, total).sort();
  let n = 0;
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[n++] = all[i];
  return all.subarray(0, n);
}

function concatenated(lists: readonly Uint32Array[], total: number): Uint32Array {
  const out = new Uint32Array(total);
  let at = 0;
  for (const list of lists) {
    out.set(list, at);
    at += list.length;
  }
  return out;
}
