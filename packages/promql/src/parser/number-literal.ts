import { goQuote } from '../printer/go-quote.ts';

/** A number or the reason why there is none. */
export type Parsed = { readonly value: number; readonly problem?: undefined } | { readonly problem: string };

const INT64_LIMIT = 2 ** 63;

/** The value of a NUMBER token: an integer with base detection (`010` is 8, `0x1F` 31), else a decimal float. */
export function parseNumber(token: string): Parsed {
  if (/^[1-9][0-9]{0,14}$/.test(token) || token === '0') return { value: Number(token) };
  const integer = parseInteger(token);
  if (integer !== undefined) return { value: integer };
  const lower = token.toLowerCase();
  if (lower === 'inf') return { value: Infinity };
  if (lower === 'nan') return { value: NaN };
  const bare = token.replaceAll('_', '');
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bare) || !underscoresFit(token)) {
    return { problem: `error parsing number: strconv.ParseFloat: parsing ${goQuote(token)}: invalid syntax` };
  }
  const value = Number(bare);
  if (!Number.isFinite(value)) {
    return { problem: `error parsing number: strconv.ParseFloat: parsing ${goQuote(token)}: value out of range` };
  }
  return { value };
}

const underscoresFit = (token: string): boolean => !/(^|[^0-9])_|_($|[^0-9])/.test(token);

function parseInteger(token: string): number | undefined {
  let digits = token;
  let pattern = /^[0-9](_?[0-9])*$/;
  let prefix = '';
  if (/^0x/i.test(token)) {
    digits = token.slice(2);
    pattern = /^_?[0-9a-f](_?[0-9a-f])*$/i;
    prefix = '0x';
  } else if (token.length > 1 && token[0] === '0') {
    digits = token.slice(1);
    pattern = /^_?[0-7](_?[0-7])*$/;
    prefix = '0o';
  }
  if (!pattern.test(digits)) return undefined;
  const value = Number(prefix + digits.replaceAll('_', ''));
  return value < INT64_LIMIT ? value : undefined;
}

/** Units in the order in which they must stand, with their length in ms. */
const UNITS: Readonly<Record<string, { readonly rank: number; readonly ms: number }>> = {
  y: { rank: 1, ms: 365 * 86_400_000 },
  w: { rank: 2, ms: 7 * 86_400_000 },
  d: { rank: 3, ms: 86_400_000 },
  h: { rank: 4, ms: 3_600_000 },
  m: { rank: 5, ms: 60_000 },
  s: { rank: 6, ms: 1000 },
  ms: { rank: 7, ms: 1 },
};

/** Longest duration: 2^63 ns. */
const MAX_DURATION_MS = INT64_LIMIT / 1e6;

/** The seconds of a DURATION token such as `1h30m`. */
export function parseDurationLiteral(token: string): Parsed {
  const bad = { problem: `not a valid duration string: ${goQuote(token)}` };
  let total = 0;
  let rank = 0;
  for (let at = 0; at < token.length;) {
    let end = at;
    while (end < token.length && isDigit(token, end)) end++;
    if (end === at || end - at > 20) return bad;
    const count = Number(token.slice(at, end));
    if (count >= 2 * INT64_LIMIT) return bad;
    at = end;
    while (end < token.length && !isDigit(token, end)) end++;
    if (end === at) return bad;
    const name = token.slice(at, end);
    const unit = UNITS[name];
    if (unit === undefined) return { problem: `unknown unit ${goQuote(name)} in duration ${goQuote(token)}` };
    if (unit.rank <= rank) return bad;
    rank = unit.rank;
    total += count * unit.ms;
    if (total >= MAX_DURATION_MS) return { problem: 'duration out of range' };
    at = end;
  }
  return { value: Math.floor(total / 1000) + ((total % 1000) * 1e6) / 1e9 };
}

const isDigit = (text: string, at: number): boolean => {
  const c = text.charCodeAt(at);
  return c >= 0x30 && c <= 0x39;
};
