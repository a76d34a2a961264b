import { compareUtf8 } from '@tsanos/model';

/** Text that goes out as it is: 64-bit integers. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** An int64 of which the ends of the range are exact. */
export function int64Json(value: number): RawJson {
  return new RawJson(
    value >= 2 ** 63 ? '9223372036854775807' : value <= -(2 ** 63) ? '-9223372036854775808' : BigInt(value).toString(),
  );
}

export function uint64Json(value: number): RawJson {
  return new RawJson(value >= 2 ** 64 ? '18446744073709551615' : BigInt(value).toString());
}

/**
 * JSON as Go's encoding/json writes it: `<`, `>`, `&` and the line separators escaped, keys of Maps sorted, keys of objects in their order,
 * undefined left out. `indent` is '' for one line.
 */
export function encodeGoJson(value: unknown, indent: string): string {
  return write(value, indent, '\n');
}

function write(value: unknown, indent: string, newline: string): string {
  if (value instanceof RawJson) return value.text;
  if (typeof value === 'string') return quoteJson(value);
  if (Array.isArray(value))
    return wrap(
      '[',
      value.map((item) => write(item, indent, newline + indent)),
      ']',
      indent,
      newline,
    );
  if (value instanceof Map) {
    const sorted = [...(value as Map<string, unknown>)].sort((a, b) => compareUtf8(a[0], b[0]));
    return pairs(sorted, indent, newline);
  }
  if (typeof value === 'object' && value !== null)
    return pairs(
      Object.entries(value).filter((entry) => entry[1] !== undefined),
      indent,
      newline,
    );
  return JSON.stringify(value);
}

function pairs(entries: readonly (readonly [string, unknown])[], indent: string, newline: string): string {
  const colon = indent === '' ? ':' : ': ';
  return wrap(
    '{',
    entries.map(([key, value]) => quoteJson(key) + colon + write(value, indent, newline + indent)),
    '}',
    indent,
    newline,
  );
}

function wrap(open: string, items: readonly string[], close: string, indent: string, newline: string): string {
  if (items.length === 0) return open + close;
  if (indent === '') return open + items.join(',') + close;
  return `${open}${newline}${indent}${items.join(`,${newline}${indent}`)}${newline}${close}`;
}

function quoteJson(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
