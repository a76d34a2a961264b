import { goLog, goLog2 } from '@tsanos/model';
import { goExp } from './exp.ts';
import { goAcosh, goAsinh, goAtanh, goCosh, goSinh, goTanh } from './hyperbolic.ts';
import { goPow } from './pow.ts';
import { goAcos, goAsin, goAtan, goAtan2, goCos, goSin, goTan } from './trig.ts';

/** Go's `math.Max`: +Inf wins over NaN. */
function goMax(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

/** Go's `math.Min`: -Inf wins over NaN. */
function goMin(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}

/**
 * Functions of Go's `math` package to the last bit, as they come out on amd64 (with FMA in `exp`). What V8 has exactly alike (sqrt, floor,
 * ceil, abs, %) is V8's.
 */
export const goMath = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: goExp,
  ln: goLog,
  log2: goLog2,
  log10: (x: number): number => goLog(x) * Math.LOG10E,
  pow: goPow,
  mod: (x: number, y: number): number => x % y,
  max: goMax,
  min: goMin,
  sin: goSin,
  cos: goCos,
  tan: goTan,
  asin: goAsin,
  acos: goAcos,
  atan: goAtan,
  atan2: goAtan2,
  sinh: goSinh,
  cosh: goCosh,
  tanh: goTanh,
  asinh: goAsinh,
  acosh: goAcosh,
  atanh: goAtanh,
};
