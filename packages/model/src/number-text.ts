/** Exponent with a sign and at least two digits, as Go prints it. */
function goExponent(text: string): string {
  return text.replace(
    /e([+-]?)(\d+)$/,
    (_m, sign: string, digits: string) => `e${sign === '-' ? '-' : '+'}${digits.padStart(2, '0')}`,
  );
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return undefined;
}

/**
 * A sample value as Prometheus' JSON API prints it: shortest digits that read back, plain notation unless |x| < 1e-6 or >= 1e21,
 * then with an exponent of at least two digits.
 */
export function formatFloat(value: number): string {
  const fixed = special(value);
  if (fixed !== undefined) return fixed;
  const abs = Math.abs(value);
  // JS switches to exponents at the same places, but prints them with one digit.
  const text = String(value);
  return abs < 1e-6 || abs >= 1e21 ? goExponent(text) : text;
}

/** Go's `%g` with the shortest precision: an exponent below 1e-4 and from 1e6 on. */
export function formatFloatG(value: number): string {
  const fixed = special(value);
  if (fixed !== undefined) return fixed;
  const exponent = Number(value.toExponential().split('e')[1]);
  if (exponent < -4 || exponent >= 6) return goExponent(value.toExponential());
  return formatFloatPlain(value);
}

/** Go's 'f' with the shortest precision: never an exponent. */
export function formatFloatPlain(value: number): string {
  const fixed = special(value);
  if (fixed !== undefined) return fixed;
  const text = String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, whole, fraction = '', exponentText] = match;
  const exponent = Number(exponentText);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

/** Go's 'e' with the shortest precision: `1e+00`. */
export function formatFloatExponent(value: number): string {
  return special(value) === undefined || value === 0 ? goExponent(value.toExponential()) : special(value)!;
}

/** Go's `%f`: six decimals, never an exponent. */
export function formatFloatFixed(value: number): string {
  if (!Number.isFinite(value)) return special(value)!;
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** A time in ms as the API prints it: seconds, with three decimals where they are not zero. */
export function formatTimestamp(ms: number): string {
  const abs = Math.abs(ms);
  const rest = abs % 1000;
  const text = `${ms < 0 ? '-' : ''}${Math.floor(abs / 1000)}`;
  return rest === 0 ? text : `${text}.${String(rest).padStart(3, '0')}`;
}

const DECIMAL = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;

/**
 * Go's `strconv.ParseFloat(text, 64)`: decimal, hexadecimal with exponent, `Inf`, `Infinity`, `NaN` in any case, single underscores
 * between digits. Undefined when it is no number; out of range is ±Infinity and told by `isFloatOutOfRange`.
 */
export function parseFloatGo(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text.replaceAll('_', ''));
  const lower = text.toLowerCase();
  switch (lower) {
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Infinity;
    case '-inf':
    case '-infinity':
      return -Infinity;
    case 'nan':
      return Number.NaN;
  }
  const hex = HEX.exec(withoutUnderscores(text));
  if (hex === null || hex[2] + hex[3] === '') return undefined;
  return parseHex(hex[1] === '-' ? -1 : 1, hex[2] + hex[3], Number(hex[4]) - 4 * hex[3].length);
}

/** Underscores may stand between digits and after the prefix. */
function withoutUnderscores(text: string): string {
  return /^[+-]?0[xX](?:_?[0-9a-fA-F])*(?:_?\.[0-9a-fA-F]*(?:_[0-9a-fA-F]+)*)?[pP][+-]?\d+(?:_\d+)*$/.test(text)
    ? text.replaceAll('_', '')
    : text;
}

/** mantissa × 2^exponent, rounded once to even. */
function parseHex(sign: number, digits: string, exponent: number): number {
  const mantissa = BigInt(`0x${digits}`);
  if (mantissa === 0n) return sign * 0;
  const bits = mantissa.toString(2).length;
  const top = bits + exponent;
  if (top > 1024) return sign * Infinity;
  if (top < -1075) return sign * 0;
  const keep = Math.min(53, top + 1074);
  const drop = bits - keep;
  if (drop <= 0) return sign * scale(Number(mantissa), exponent);
  const half = 1n << BigInt(drop - 1);
  let kept = mantissa >> BigInt(drop);
  const rest = mantissa & ((1n << BigInt(drop)) - 1n);
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  return sign * scale(Number(kept), exponent + drop);
}

/** x × 2^e in steps that neither overflow nor round. */
function scale(x: number, e: number): number {
  while (e > 1000) {
    x *= 2 ** 1000;
    e -= 1000;
  }
  while (e < -1000) {
    x *= 2 ** -1000;
    e += 1000;
  }
  return x * 2 ** e;
}
