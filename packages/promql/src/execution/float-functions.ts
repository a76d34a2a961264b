import { goMath } from '../math/index.ts';
import { goMax, goMin } from './go-math.ts';

/** Functions of one float by name. */
export const FLOAT_FUNCTIONS: ReadonlyMap<string, (x: number) => number> = new Map<string, (x: number) => number>([
  ['abs', Math.abs],
  ['ceil', Math.ceil],
  ['floor', Math.floor],
  ['sqrt', Math.sqrt],
  ['exp', goMath.exp],
  ['ln', goMath.ln],
  ['log2', goMath.log2],
  ['log10', goMath.log10],
  ['sin', goMath.sin],
  ['cos', goMath.cos],
  ['tan', goMath.tan],
  ['asin', goMath.asin],
  ['acos', goMath.acos],
  ['atan', goMath.atan],
  ['sinh', goMath.sinh],
  ['cosh', goMath.cosh],
  ['tanh', goMath.tanh],
  ['asinh', goMath.asinh],
  ['acosh', goMath.acosh],
  ['atanh', goMath.atanh],
  ['deg', (x) => (x * 180) / Math.PI],
  ['rad', (x) => (x * Math.PI) / 180],
  ['sgn', (x) => (x < 0 ? -1 : x > 0 ? 1 : x)],
]);

/** A function of a float and the scalars of its step; undefined where the cell goes. */
export type FloatScalarFunction = (x: number, scalars: readonly Float64Array[], step: number) => number | undefined;

/** `round`, `clamp` and its halves. */
export const FLOAT_SCALAR_FUNCTIONS: ReadonlyMap<string, FloatScalarFunction> = new Map<string, FloatScalarFunction>([
  [
    'round',
    (x, scalars, step) => {
      // Ties go up; by the inverse, since that is exact where the nearest multiple is not.
      const inverse = 1 / (scalars.length > 0 ? scalars[0][step] : 1);
      return Math.floor(x * inverse + 0.5) / inverse;
    },
  ],
  ['clamp', (x, [min, max], step) => (max[step] < min[step] ? undefined : goMax(min[step], goMin(max[step], x)))],
  ['clamp_min', (x, [min], step) => goMax(min[step], x)],
  ['clamp_max', (x, [max], step) => goMin(max[step], x)],
]);

/** Parts of a UTC time given in seconds; what is no whole number is cut, as Go converts to int64. */
export const DATE_FUNCTIONS: ReadonlyMap<string, (seconds: number) => number> = new Map<
  string,
  (seconds: number) => number
>([
  ['minute', (s) => Math.floor(modulo(whole(s), 3600) / 60)],
  ['hour', (s) => Math.floor(modulo(whole(s), 86400) / 3600)],
  ['day_of_week', (s) => modulo(days(s) + 4, 7)],
  ['day_of_month', (s) => civil(days(s)).day],
  ['day_of_year', (s) => days(s) - daysFromCivil(civil(days(s)).year, 1) + 1],
  ['days_in_month', (s) => daysInMonth(civil(days(s)))],
  ['month', (s) => civil(days(s)).month],
  ['year', (s) => civil(days(s)).year],
]);

/** Go converts what does not fit, NaN too, to the smallest int64, from where its calendar comes out at the other end. */
function whole(seconds: number): number {
  if (!(Math.abs(seconds) < 2 ** 63)) return 2 ** 63;
  return Math.trunc(seconds);
}

function modulo(x: number, y: number): number {
  return ((x % y) + y) % y;
}

function days(seconds: number): number {
  return Math.floor(whole(seconds) / 86400);
}

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Year, month and day of a number of days since the epoch in the proleptic Gregorian calendar, of any size. */
function civil(day: number): Civil {
  const z = day + 719468;
  const era = Math.floor(z / 146097);
  const doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

/** Days from the epoch to the first of a month. */
function daysFromCivil(year: number, month: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  return era * 146097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719468;
}

function daysInMonth({ year, month }: Civil): number {
  const next = month === 12 ? daysFromCivil(year + 1, 1) : daysFromCivil(year, month + 1);
  return next - daysFromCivil(year, month);
}
