import { finiteSet } from './regex-set.ts';

/** What a look at a pattern's text tells of what it matches. */
export interface RegexShape {
  /** The finite set of strings it matches, when it can be listed. */
  readonly set: readonly string[] | undefined;
  /** What every match begins with. */
  readonly prefix: string;
  /** An exact test without a regex engine, where the shape is simple enough. */
  readonly test: ((value: string) => boolean) | undefined;
}

const META = /[\\^$.|?*+()[\]{}]/;
const UNKNOWN: RegexShape = { set: undefined, prefix: '', test: undefined };

/**
 * Recognises the shapes that dashboards use: what a finite set can stand for, `literal.*`, `.*literal`, `.*literal.*`, `.*`, `.+`, with
 * escaped characters read as literals. Everything else is left to the regex engine, with the literal prefix as a first
 * test. Never wrong, only unhelpful.
 */
export function analyseRegex(pattern: string): RegexShape {
  const bare = unwrapGroup(pattern);
  if (bare === '.*') return { set: undefined, prefix: '', test: () => true };
  if (bare === '.+') return { set: undefined, prefix: '', test: (v) => v !== '' };
  const list = finiteSet(pattern);
  if (list !== undefined) {
    const set = new Set(list);
    return { set: list, prefix: commonPrefix(list), test: (v) => set.has(v) };
  }
  const affix = affixShape(bare);
  if (affix !== undefined) return affix;
  return { ...UNKNOWN, prefix: literalPrefix(bare) };
}

/** `(a|b)` and `(?:a|b)` are `a|b` when the parentheses enclose all. */
function unwrapGroup(pattern: string): string {
  const match = /^\((?:\?:)?([^()\\]*)\)$/.exec(pattern);
  return match === null || match[1].startsWith('?') ? pattern : match[1];
}

/** The text of a pattern that is a literal; `\.` and other escaped punctuation count. */
function literalOf(pattern: string): string | undefined {
  let text = '';
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '\\') {
      const next = pattern[++i];
      if (next === undefined || !/[!-/:-@[-`{-~]/.test(next)) return undefined;
      text += next;
    } else if (META.test(pattern[i])) return undefined;
    else text += pattern[i];
  }
  return text;
}

/** `lit.*`, `lit.+`, `.*lit`, `.+lit`, `.*lit.*`. */
function affixShape(pattern: string): RegexShape | undefined {
  const match = /^(\.[*+])?(.*?)(\.[*+])?$/s.exec(pattern);
  if (match === null) return undefined;
  const [, before, middle, after] = match;
  const literal = literalOf(middle);
  if (literal === undefined || literal === '' || (before === undefined && after === undefined)) return undefined;
  const lead = before === '.+' ? 1 : 0;
  const tail = after === '.+' ? 1 : 0;
  if (before === undefined) {
    return { set: undefined, prefix: literal, test: (v) => v.startsWith(literal) && v.length >= literal.length + tail };
  }
  if (after === undefined) {
    return { set: undefined, prefix: '', test: (v) => v.endsWith(literal) && v.length >= literal.length + lead };
  }
  return {
    set: undefined,
    prefix: '',
    test: (v) => {
      // With `.+` in front the literal must start after at least one character, and likewise at the end.
      const at = v.indexOf(literal, lead);
      return at >= 0 && (tail === 0 || at + literal.length < v.length);
    },
  };
}

/** The literal characters a pattern begins with, when no alternation can skip them. */
function literalPrefix(pattern: string): string {
  if (pattern.includes('|') || pattern.startsWith('(?')) return '';
  let text = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (META.test(char)) {
      // A repetition binds to the character before it.
      return /[?*{]/.test(char) ? [...text].slice(0, -1).join('') : text;
    }
    text += char;
  }
  return text;
}

function commonPrefix(texts: readonly string[]): string {
  let prefix = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
