/** Whether Go's strconv.Quote shows a code point as it is. */
function isPrintable(c: number): boolean {
  if (c < 0x7f) return c >= 0x20;
  if (c < 0xa1) return false;
  if (c === 0xad || (c >= 0xd800 && c <= 0xdfff)) return false;
  return /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(String.fromCodePoint(c));
}

const SHORT: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  12: '\\f',
  10: '\\n',
  13: '\\r',
  9: '\\t',
  11: '\\v',
};

function escapeCodePoint(c: number, quote: number): string {
  if (c === quote || c === 0x5c) return `\\${String.fromCharCode(c)}`;
  if (isPrintable(c)) return String.fromCodePoint(c);
  const short = SHORT[c];
  if (short !== undefined) return short;
  if (c < 0x20 || c === 0x7f) return `\\x${c.toString(16).padStart(2, '0')}`;
  // U+DC80 to U+DCFF on their own stand for bytes that are no UTF-8, see `unquote`.
  if (c >= 0xdc80 && c <= 0xdcff) return `\\x${(c - 0xdc00).toString(16)}`;
  if (c >= 0xd800 && c <= 0xdfff) return '\uFFFD';
  if (c < 0x10000) return `\\u${c.toString(16).padStart(4, '0')}`;
  return `\\U${c.toString(16).padStart(8, '0')}`;
}

function quoteWith(text: string, quote: number): string {
  const mark = String.fromCharCode(quote);
  // oxlint-disable-next-line no-control-regex
  if (!/[^\x20-\x7e]|["'\\]/.test(text)) return mark + text + mark;
  let out = mark;
  for (let i = 0; i < text.length; i++) {
    const c = text.codePointAt(i) as number;
    if (c > 0xffff) i++;
    out += escapeCodePoint(c, quote);
  }
  return out + mark;
}

/** Go's `%q` of a string: double quotes, non-printable characters escaped. */
export function goQuote(text: string): string {
  return quoteWith(text, 0x22);
}

/** Go's `%q` of a character, in single quotes; -1 is the end of input, which Go shows as U+FFFD. */
export function goQuoteRune(c: number): string {
  return quoteWith(c < 0 ? '\uFFFD' : String.fromCodePoint(c), 0x27);
}

/** Go's `%#U`: `U+0063 'c'`; without the character when it cannot be shown. */
export function goUnicode(c: number): string {
  const hex = c < 0 ? 'FFFFFFFFFFFFFFFF' : c.toString(16).toUpperCase().padStart(4, '0');
  return c >= 0 && isPrintable(c) ? `U+${hex} '${String.fromCodePoint(c)}'` : `U+${hex}`;
}
