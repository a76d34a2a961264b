import { ldexp } from '@tsanos/model';
import { goMath } from '../math/index.ts';

export const pow: (x: number, y: number) => number = goMath.pow;
export const atan2: (y: number, x: number) => number = goMath.atan2;
export const log2: (x: number) => number = goMath.log2;
/** NaN wins, except against +Inf. */
export const goMax: (x: number, y: number) => number = goMath.max;
/** NaN wins, except against -Inf. */
export const goMin: (x: number, y: number) => number = goMath.min;

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const P1 = 1.66666666666666657415e-1;
const P2 = -2.77777777770155933842e-3;
const P3 = 6.61375632143793436117e-5;
const P4 = -1.6533902205465251539e-6;
const P5 = 4.13813679705723846039e-8;

/** Go's `math.Exp2`: the argument is split into a whole part and a rest whose exponential is a rational approximation. */
export function exp2(x: number): number {
  if (x !== x || x === Infinity) return x;
  if (x === -Infinity) return 0;
  if (x > 1023.9999999999999) return Infinity;
  if (x < -1074) return 0;
  const k = Math.trunc(x > 0 ? x + 0.5 : x < 0 ? x - 0.5 : 0);
  const t = x - k;
  const hi = t * LN2_HIGH;
  const lo = -t * LN2_LOW;
  const r = hi - lo;
  const q = r * r;
  const c = r - q * (P1 + q * (P2 + q * (P3 + q * (P4 + q * P5))));
  return ldexp(1 - (lo - (r * c) / (2 - c) - hi), k);
}
