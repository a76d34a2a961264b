/** Digits and decimal exponent of the shortest text that reads back as `x`: x = 0.d1d2d3… × 10^exponent. */
function shortestDigits(x: number): { digits: string; exponent: number } {
  const [mantissa, power] = x.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(power) + 1 };
}

function special(x: number): string | undefined {
  if (Number.isNaN(x)) return 'NaN';
  if (x === Infinity) return '+Inf';
  if (x === -Infinity) return '-Inf';
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  return undefined;
}

/** Go's shortest 'f' form: never an exponent. */
export function formatPlain(x: number): string {
  const named = special(x);
  if (named !== undefined) return named;
  const size = Math.abs(x);
  if (size >= 1e-6 && size < 1e21) return String(x);
  const sign = x < 0 ? '-' : '';
  const { digits, exponent } = shortestDigits(size);
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`;
  if (exponent >= digits.length) return sign + digits + '0'.repeat(exponent - digits.length);
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** Go's `%g` and `%v`: the shortest digits, with an exponent below 1e-4 and from 1e6 on (`123456789` is 1.23456789e+08). */
export function formatShort(x: number): string {
  const named = special(x);
  if (named !== undefined) return named;
  const { digits, exponent } = shortestDigits(Math.abs(x));
  const power = exponent - 1;
  if (power >= -4 && power < 6) return formatPlain(x);
  const sign = x < 0 ? '-' : '';
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
  const shown = Math.abs(power) < 10 ? `0${Math.abs(power)}` : String(Math.abs(power));
  return `${sign}${mantissa}e${power < 0 ? '-' : '+'}${shown}`;
}
