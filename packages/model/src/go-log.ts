// Natural and binary logarithm as Go computes them on amd64, to the last bit. The method is FreeBSD's e_log.c (Sun
// Microsystems, 1993): x = 2^k * (1+f), log(1+f) = f - (f²/2 - s*(f²/2 + R)).
const LN2_HI = 6.9314718036912381649e-1; // 3fe62e42 fee00000
const LN2_LO = 1.90821492927058770002e-10; // 3dea39ef 35793c76
const L1 = 6.66666666666673513e-1;
const L2 = 3.999999999940941908e-1;
const L3 = 2.857142874366239149e-1;
const L4 = 2.222219843214978396e-1;
const L5 = 1.818357216161805012e-1;
const L6 = 1.531383769920937332e-1;
const L7 = 1.479819860511658591e-1;
const SQRT1_2 = 7.07106781186547524401e-1;

const value = new Float64Array(1);
const words = new Int32Array(value.buffer);

/** Powers of two from 2^-1074 to 2^1023 by index `n + 1074`. */
const POWERS: Float64Array = makePowers();

function makePowers(): Float64Array {
  const powers = new Float64Array(2098);
  for (let n = -1074; n <= 1023; n++) {
    words[0] = n < -1022 && n + 1074 < 32 ? 1 << (n + 1074) : 0;
    words[1] = n < -1022 ? (n + 1074 >= 32 ? 1 << (n + 1042) : 0) : (n + 1023) << 20;
    powers[n + 1074] = value[0];
  }
  return powers;
}

/** x * 2^exponent, rounded once, as Go's `math.Ldexp`. */
export function ldexp(x: number, exponent: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const normal = frexp(x);
  const e = exponentOf + exponent;
  if (e > 1024) return normal < 0 ? -Infinity : Infinity;
  if (e < -1075) return normal < 0 ? -0 : 0;
  if (e === 1024) return normal * 2 * POWERS[1023 + 1074];
  // 2^-1074 is the least factor; what is below it needs two steps, the first of which is exact.
  return e >= -1021 ? normal * POWERS[e + 1074] : normal * POWERS[-1021 + 1074] * POWERS[e + 1021 + 1074];
}

let exponentOf = 0;

/** The fraction in [0.5, 1) of a finite x; its exponent is then in `frexpExponent()`. Zero, NaN and infinities come back as they are. */
export function frexp(x: number): number {
  exponentOf = 0;
  if (x === 0 || !Number.isFinite(x)) return x;
  value[0] = x;
  if ((words[1] & 0x7ff00000) === 0) {
    value[0] = x * 4503599627370496;
    exponentOf = -52;
  }
  exponentOf += ((words[1] >>> 20) & 0x7ff) - 1022;
  words[1] = (words[1] & 0x800fffff) | 0x3fe00000;
  return value[0];
}

/** The exponent of the last `frexp`. */
export function frexpExponent(): number {
  return exponentOf;
}

/** Go's `math.Log`, which on amd64 takes numbers below 2^-1022 for larger ones. */
export function goLog(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x < 0) return Number.NaN;
  if (x === 0) return -Infinity;
  let f1: number;
  let k: number;
  if (x < 2.2250738585072014e-308) {
    value[0] = x;
    words[1] |= 0x3fe00000;
    f1 = value[0];
    k = -1022;
  } else {
    f1 = frexp(x);
    k = exponentOf;
  }
  if (f1 <= SQRT1_2) {
    f1 *= 2;
    k--;
  }
  const f = f1 - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const t1 = s2 * (L1 + s4 * (L3 + s4 * (L5 + s4 * L7)));
  const t2 = s4 * (L2 + s4 * (L4 + s4 * L6));
  const r = t1 + t2;
  const hfsq = 0.5 * f * f;
  return k * LN2_HI - (hfsq - (s * (hfsq + r) + k * LN2_LO) - f);
}

/** Go's `math.Log2`: exact for powers of two. */
export function goLog2(x: number): number {
  const fraction = frexp(x);
  const exponent = exponentOf;
  if (fraction === 0.5) return exponent - 1;
  return goLog(fraction) * Math.LOG2E + exponent;
}
