const value = new Float64Array(1);
const words = new Int32Array(value.buffer);
/** Splits a double into two halves of 26 bits. */
const SPLITTER = 134217729;

let low = 0;

/** The rounded sum; what rounding lost is left in `low`. */
function twoSum(a: number, b: number): number {
  const s = a + b;
  const bb = s - a;
  low = a - (s - bb) + (b - bb);
  return s;
}

/** The rounded product; what rounding lost is left in `low`. */
function twoProduct(a: number, b: number): number {
  const p = a * b;
  let t = SPLITTER * a;
  const ah = t - (t - a);
  const al = a - ah;
  t = SPLITTER * b;
  const bh = t - (t - b);
  const bl = b - bh;
  low = al * bl - (p - ah * bh - al * bh - ah * bl);
  return p;
}

/**
 * a * b + c rounded once, for numbers far from overflow: exact parts are summed with the lower ones rounded to odd, so that the last
 * rounding cannot be the second one (Boldo and Melquiond, 2008).
 */
export function fma(a: number, b: number, c: number): number {
  const uh = twoProduct(a, b);
  const ul = low;
  const th = twoSum(c, ul);
  const tl = low;
  const vh = twoSum(uh, th);
  return vh + sumToOdd(tl, low);
}

function sumToOdd(a: number, b: number): number {
  const s = twoSum(a, b);
  if (low === 0) return s;
  value[0] = s;
  if ((words[0] & 1) === 1) return s;
  // An even last bit takes one step towards what was lost. Its lowest word is not 0xffffffff then; going down from 0 borrows.
  if (low > 0 === s > 0) words[0]++;
  else {
    if (words[0] === 0) words[1]--;
    words[0]--;
  }
  return value[0];
}
