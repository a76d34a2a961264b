import { isLegacyLabelName } from './label-text.ts';

/** How names that only UTF-8 allows are written for those who know the old ones only. */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

const PREFIX = 'U__';
/** Longest code point in hexadecimal. */
const MAX_HEX = 6;

/** Letters, digits, underscores and colons, no digit first. */
export function isLegacyMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

/** Any UTF-8 but the empty text: metric and label names alike. */
export function isUtf8Name(name: string): boolean {
  return name !== '' && name.isWellFormed();
}

/** Whether a label may have this name. */
export function isLabelName(name: string, validation: 'utf8' | 'legacy'): boolean {
  return validation === 'legacy' ? isLegacyLabelName(name) : isUtf8Name(name);
}

/** Writes a name in a scheme; lossy but for `values`. */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (name === '' || scheme === 'allow-utf-8') return name;
  if (scheme !== 'dots' && isLegacyMetricName(name)) return name;
  let out = scheme === 'values' ? PREFIX : '';
  let first = true;
  for (const char of name) {
    out += escapeCharacter(char, first, scheme);
    first = false;
  }
  return out;
}

function escapeCharacter(char: string, first: boolean, scheme: EscapingScheme): string {
  if (char === '_' && scheme !== 'underscores') return '__';
  if (char === '.' && scheme === 'dots') return '_dot_';
  if (/^[a-zA-Z_:]$/.test(char) || (!first && /^[0-9]$/.test(char))) return char;
  if (scheme === 'underscores') return '_';
  if (scheme === 'dots') return '__';
  return char.isWellFormed() ? `_${char.codePointAt(0)!.toString(16)}_` : '_fffd_';
}

/** Undoes `escapeName` where the scheme can be undone; what is malformed comes back as it is. */
export function unescapeName(name: string, scheme: EscapingScheme): string {
  if (scheme === 'dots') return name.replaceAll('_dot_', '.').replaceAll('__', '_');
  if (scheme !== 'values' || !name.startsWith(PREFIX)) return name;
  const text = name.slice(PREFIX.length);
  let out = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '_') {
      out += text[i];
      continue;
    }
    if (text[i + 1] === '_') {
      out += '_';
      i++;
      continue;
    }
    const end = text.indexOf('_', i + 1);
    const hex = text.slice(i + 1, end);
    if (end < 0 || hex.length >= MAX_HEX || !/^[0-9a-fA-F]+$/.test(hex)) return name;
    const code = parseInt(hex, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return name;
    out += String.fromCodePoint(code);
    i = end;
  }
  return out;
}
