// FreeBSD's s_log1p.c (Sun Microsystems, 1993), as Go has it.
const SQRT2_M1 = 4.142135623730950488017e-1;
const SQRT2_HALF_M1 = -2.928932188134524755992e-1;
const SMALL = 2 ** -29;
const TINY = 2 ** -54;
const TWO53 = 2 ** 53;
const LN2_HI = 6.9314718036912381649e-1;
const LN2_LO = 1.90821492927058770002e-10;
const P1 = 6.66666666666673513e-1;
const P2 = 3.999999999940941908e-1;
const P3 = 2.857142874366239149e-1;
const P4 = 2.222219843214978396e-1;
const P5 = 1.818357216161805012e-1;
const P6 = 1.531383769920937332e-1;
const P7 = 1.479819860511658591e-1;

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/** Go's `math.Log1p`. */
export function goLog1p(x: number): number {
  if (x < -1 || Number.isNaN(x)) return Number.NaN;
  if (x === -1) return -Infinity;
  if (x === Infinity) return Infinity;
  const abs = Math.abs(x);
  if (abs < SMALL) return abs < TINY ? x : x - x * x * 0.5;
  if (abs < SQRT2_M1 && x > SQRT2_HALF_M1) return finish(x, 0, 0, false);
  const u = abs < TWO53 ? 1 + x : x;
  value[0] = u;
  let k = (words[1] >>> 20) - 1023;
  let c = 0;
  if (abs < TWO53) c = (k > 0 ? 1 - (u - x) : x - (u - 1)) / u;
  const mantissaHigh = words[1] & 0xfffff;
  const mantissaLow = words[0];
  // The mantissa of the square root of 2 is 0x6a09e667f3bcd.
  const below = mantissaHigh < 0x6a09e || (mantissaHigh === 0x6a09e && mantissaLow < 0x667f3bcd);
  let tiny: boolean;
  if (below) {
    words[1] = mantissaHigh | 0x3ff00000;
    tiny = mantissaHigh === 0 && mantissaLow === 0;
  } else {
    k++;
    words[1] = mantissaHigh | 0x3fe00000;
    tiny = mantissaHigh === 0xfffff && mantissaLow > 0xfffffffc;
  }
  return finish(value[0] - 1, k, c, tiny);
}

/** k ln 2 + log(1 + f) + c; `tiny`: |f| < 2^-20. */
function finish(f: number, k: number, c: number, tiny: boolean): number {
  const hfsq = 0.5 * f * f;
  if (tiny) {
    if (f === 0) return k === 0 ? 0 : k * LN2_HI + (c + k * LN2_LO);
    const r = hfsq * (1 - 0.66666666666666666 * f);
    return k === 0 ? f - r : k * LN2_HI - (r - (k * LN2_LO + c) - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const r = z * (P1 + z * (P2 + z * (P3 + z * (P4 + z * (P5 + z * (P6 + z * P7))))));
  return k === 0 ? f - (hfsq - s * (hfsq + r)) : k * LN2_HI - (hfsq - (s * (hfsq + r) + (k * LN2_LO + c)) - f);
}
