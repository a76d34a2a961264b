import { frexp, frexpExponent, goLog, ldexp } from '@tsanos/model';
import { goExp } from './exp.ts';

/** Go's `math.Pow`: 1 for 1^NaN and (-1)^±Inf; else by repeated squaring of the fraction, so that the last bits are Go's. */
export function goPow(x: number, y: number): number {
  const special = specialCase(x, y);
  if (special !== undefined) return special;
  const abs = Math.abs(y);
  let whole = Math.trunc(abs);
  let part = abs - whole;
  if (part !== 0 && x < 0) return Number.NaN;
  if (whole >= 2 ** 63) {
    if (x === -1) return 1;
    return Math.abs(x) < 1 === y > 0 ? 0 : Infinity;
  }
  let fraction = 1;
  let exponent = 0;
  if (part !== 0) {
    if (part > 0.5) {
      part--;
      whole++;
    }
    fraction = goExp(part * goLog(x));
  }
  let square = frexp(x);
  let squareExponent = frexpExponent();
  for (let i = whole; i !== 0; i = Math.floor(i / 2)) {
    if (squareExponent < -4096 || squareExponent > 4096) {
      // Over or under all bounds already.
      exponent += squareExponent;
      break;
    }
    if (i % 2 === 1) {
      fraction *= square;
      exponent += squareExponent;
    }
    square *= square;
    squareExponent *= 2;
    if (square < 0.5) {
      square += square;
      squareExponent--;
    }
  }
  return y < 0 ? ldexp(1 / fraction, -exponent) : ldexp(fraction, exponent);
}

function isOdd(y: number): boolean {
  return Math.abs(y) < 2 ** 53 && Math.abs(y % 2) === 1;
}

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}

function specialCase(x: number, y: number): number | undefined {
  if (y === 0 || x === 1) return 1;
  if (y === 1) return x;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === 0) {
    const signed = isNegative(x) && isOdd(y);
    if (y < 0) return signed ? -Infinity : Infinity;
    return signed ? x : 0;
  }
  if (y === Infinity || y === -Infinity) {
    if (x === -1) return 1;
    return Math.abs(x) < 1 === y > 0 ? 0 : Infinity;
  }
  if (x === -Infinity) return goPow(-0, -y);
  if (x === Infinity) return y < 0 ? 0 : Infinity;
  if (y === 0.5) return Math.sqrt(x);
  if (y === -0.5) return 1 / Math.sqrt(x);
  return undefined;
}
