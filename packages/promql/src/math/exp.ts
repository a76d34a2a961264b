import { fma } from './fma.ts';

// Go's assembly for amd64 with FMA: the argument is reduced by powers of two and by 16, and a Taylor series of exp(x) - 1 is squared back.
const OVERFLOW = 7.09782712893384e2;
const LN2_UPPER = 0.69314718055966295651160180568695068359375;
const LN2_LOWER = 0.28235290563031577122588448175013436025525412068e-12;
const COEFFICIENTS = [
  1.984126984126984127e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3, 4.1666666666666666667e-2,
  1.6666666666666666667e-1, 0.5, 1,
];
const LAST_COEFFICIENT = 2.4801587301587301587e-5;

/** To the nearest integer, ties to even. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Go's `math.Exp`. */
export function goExp(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x > OVERFLOW) return Infinity;
  if (x < -1000) return 0;
  const exponent = roundEven(x * Math.LOG2E);
  let r = fma(-exponent, LN2_UPPER, x);
  r = fma(-exponent, LN2_LOWER, r);
  r *= 0.0625;
  let sum = LAST_COEFFICIENT;
  for (const coefficient of COEFFICIENTS) sum = fma(sum, r, coefficient);
  r *= sum;
  for (let i = 0; i < 3; i++) r *= r + 2;
  return scale(fma(r, r + 2, 1), exponent);
}

/** Times a power of two; what is denormal is rounded once. */
function scale(fraction: number, exponent: number): number {
  const biased = exponent + 1023;
  if (biased >= 0x7ff) return Infinity;
  if (biased > 0) return fraction * 2 ** exponent;
  if (biased < -52) return 0;
  return fraction * 2 ** (biased - 1) * 2.2250738585072014e-308;
}
