/** Largest set that a concatenation may spread into: Prometheus' limit. Alternations of literals may be longer. */
const MAX_SET = 256;
/** Stand for `^` and `$`: lone surrogates occur in no label value. */
const BEGIN = '\udc00';
const END = '\udc01';

const DIGITS = charsBetween('0', '9');
const SPACES = ['\t', '\n', '\f', '\r', ' '];
const LOWER = charsBetween('a', 'z');
const UPPER = charsBetween('A', 'Z');
const WORD = [...DIGITS, ...UPPER, '_', ...LOWER];
const PERL: Readonly<Record<string, readonly string[]>> = { d: DIGITS, s: SPACES, w: WORD };
const CONTROL: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const POSIX: Readonly<Record<string, readonly string[]>> = {
  alnum: [...DIGITS, ...UPPER, ...LOWER],
  alpha: [...UPPER, ...LOWER],
  ascii: charsBetween('\x00', '\x7f'),
  blank: ['\t', ' '],
  cntrl: [...charsBetween('\x00', '\x1f'), '\x7f'],
  digit: DIGITS,
  graph: charsBetween('!', '~'),
  lower: LOWER,
  print: charsBetween(' ', '~'),
  punct: [...charsBetween('!', '/'), ...charsBetween(':', '@'), ...charsBetween('[', '`'), ...charsBetween('{', '~')],
  space: ['\t', '\n', '\v', '\f', '\r', ' '],
  upper: UPPER,
  word: WORD,
  xdigit: [...DIGITS, ...charsBetween('A', 'F'), ...charsBetween('a', 'f')],
};

/**
 * The strings that a fully anchored RE2 pattern matches, each once, when they are few enough to list: literals, classes, groups, alternatives, anchors
 * and letters without case. Undefined for repetition, for what is larger than Prometheus lists, and for patterns that do not parse.
 */
export function finiteSet(pattern: string): string[] | undefined {
  const list = new SetParser(pattern).whole();
  if (list === undefined) return undefined;
  const set = new Set<string>();
  for (const text of list) {
    const bare = withoutAnchors(text);
    if (bare !== undefined) set.add(bare);
  }
  return set.size === 0 ? undefined : [...set];
}

/** The string without the marks of anchors; undefined when an anchor lies where it cannot match. */
function withoutAnchors(text: string): string | undefined {
  let from = 0;
  let to = text.length;
  while (text[from] === BEGIN) from++;
  while (to > from && text[to - 1] === END) to--;
  const bare = text.slice(from, to);
  // `$^` and the like match the empty string in odd orders: only what is left matters.
  if (!bare.includes(BEGIN) && !bare.includes(END)) return bare;
  return /^[\udc00\udc01]*$/.test(bare) ? '' : undefined;
}

type Strings = readonly string[];

/** Reads a pattern from left to right; every method returns undefined when the set cannot be told. */
class SetParser {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  whole(): Strings | undefined {
    const list = this.#alternatives(false);
    return this.#at === this.#pattern.length ? list : undefined;
  }

  #alternatives(fold: boolean): Strings | undefined {
    const state = { fold };
    let all: Strings | undefined;
    for (;;) {
      const list = this.#sequence(state);
      if (list === undefined) return undefined;
      all = all === undefined ? list : append(all as string[], list);
      if (!this.#take('|')) return all;
    }
  }

  /** `state.fold` changes where a group of flags alone, like `(?i)`, stands. Returns a list of its own. */
  #sequence(state: { fold: boolean }): string[] | undefined {
    let list = [''];
    while (this.#at < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#at])) {
      const atom = this.#atom(state);
      if (atom === undefined || /^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(this.#pattern.slice(this.#at, this.#at + 12)))
        return undefined;
      if (list.length * atom.length > MAX_SET && list.length > 1) return undefined;
      if (list.length === 1 && atom.length === 1) list[0] += atom[0];
      else list = list.flatMap((before) => atom.map((after) => before + after));
    }
    return list;
  }

  #atom(state: { fold: boolean }): Strings | undefined {
    const char = this.#char();
    switch (char) {
      case '^':
        return [BEGIN];
      case '$':
        return [END];
      case '(':
        return this.#group(state);
      case '[':
        return state.fold ? undefined : this.#class();
      case '\\':
        return this.#escape(state.fold);
      case '.':
      case '*':
      case '+':
      case '?':
        return undefined;
      default:
        return state.fold ? foldings(char) : [char];
    }
  }

  #group(state: { fold: boolean }): Strings | undefined {
    let fold = state.fold;
    const head = /^\?(?:P?<[^>]*>|([si]*)(?:-([si]*))?([:)]))/.exec(this.#pattern.slice(this.#at, this.#at + 1000));
    if (head !== null) {
      this.#at += head[0].length;
      if (head[1]?.includes('i')) fold = true;
      if (head[2]?.includes('i')) fold = false;
      if (head[3] === ')') {
        state.fold = fold;
        return [''];
      }
    } else if (this.#pattern[this.#at] === '?') return undefined;
    const list = this.#alternatives(fold);
    return this.#take(')') ? list : undefined;
  }

  #escape(fold: boolean): Strings | undefined {
    const next = this.#pattern[this.#at];
    if (next === 'Q') {
      const end = this.#pattern.indexOf('\\E', this.#at);
      const text = this.#pattern.slice(this.#at + 1, end < 0 ? undefined : end);
      this.#at = end < 0 ? this.#pattern.length : end + 2;
      // A repetition after it would bind to the last character alone.
      return fold ? undefined : [text];
    }
    if (next === 'A' || next === 'z') {
      this.#at++;
      return [next === 'A' ? BEGIN : END];
    }
    if (Object.hasOwn(PERL, next ?? '')) {
      this.#at++;
      return fold ? undefined : PERL[next];
    }
    const char = this.#escapedChar();
    return char === undefined ? undefined : fold ? foldings(char) : [char];
  }

  /** What stands after a backslash, when it is one character. */
  #escapedChar(): string | undefined {
    const rest = this.#pattern.slice(this.#at, this.#at + 12);
    const code = /^(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,8})\})/.exec(rest);
    const octal = code === null ? /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest) : null;
    if (code !== null || octal !== null) {
      this.#at += (code ?? octal)?.[0].length ?? 0;
      const point = code === null ? parseInt(octal?.[0] ?? '', 8) : parseInt(code[1] ?? code[2], 16);
      return point > 0x10ffff ? undefined : textOf(point);
    }
    const char = rest[0] ?? '';
    this.#at++;
    if (Object.hasOwn(CONTROL, char)) return CONTROL[char];
    return char !== '' && char < '\x80' && !/[0-9A-Za-z]/.test(char) ? char : undefined;
  }

  #class(): Strings | undefined {
    if (this.#pattern[this.#at] === '^') return undefined;
    const found = new Set<string>();
    for (let first = true; first || this.#pattern[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#pattern.length) return undefined;
      const items = this.#classItems();
      if (items === undefined) return undefined;
      for (const item of items) found.add(item);
      if (found.size > MAX_SET) return undefined;
    }
    this.#at++;
    return [...found];
  }

  /** A named class, a range or one character. */
  #classItems(): Strings | undefined {
    const named = /^(?:\\([dsw])|\[:([a-z]+):\])/.exec(this.#pattern.slice(this.#at, this.#at + 12));
    if (named !== null) {
      this.#at += named[0].length;
      return named[1] === undefined ? (Object.hasOwn(POSIX, named[2]) ? POSIX[named[2]] : undefined) : PERL[named[1]];
    }
    const low = this.#classChar();
    if (low === undefined) return undefined;
    if (this.#pattern[this.#at] !== '-' || this.#pattern[this.#at + 1] === ']') return [low];
    this.#at++;
    const high = this.#classChar();
    if (high === undefined || pointOf(high) - pointOf(low) >= MAX_SET) return undefined;
    return charsBetween(low, high);
  }

  #classChar(): string | undefined {
    if (this.#at >= this.#pattern.length || this.#pattern.startsWith('[:', this.#at)) return undefined;
    const char = this.#char();
    return char === '\\' ? this.#escapedChar() : char;
  }

  #char(): string {
    const char = textOf(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }

  #take(char: string): boolean {
    if (this.#pattern[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
}

function append(all: string[], more: Strings): string[] {
  for (const text of more) all.push(text);
  return all;
}

function pointOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

/** A code point as Go writes it: surrogates become the replacement character. */
function textOf(point: number): string {
  return point >= 0xd800 && point <= 0xdfff ? '�' : String.fromCodePoint(point);
}

function charsBetween(low: string, high: string): string[] {
  const chars: string[] = [];
  for (let point = pointOf(low); point <= pointOf(high); point++) chars.push(textOf(point));
  return chars;
}

/** All characters that equal one when case does not count; undefined where that is not plain. */
function foldings(char: string): Strings | undefined {
  if (char > '\x7f') return char.toLowerCase() === char && char.toUpperCase() === char ? [char] : undefined;
  if (!/[a-z]/i.test(char)) return [char];
  const both = [char.toUpperCase(), char.toLowerCase()];
  if (both[1] === 'k') both.push('\u212a');
  if (both[1] === 's') both.push('ſ');
  return both;
}
