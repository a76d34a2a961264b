import { goQuote, goQuoteRune } from '../printer/go-quote.ts';
import { Lexer, isAlphaCode, isDigitCode, isSpaceCode } from './lexer.ts';
import { KEYWORDS, T } from './tokens.ts';

const HISTOGRAM_KEYS: ReadonlySet<string> = new Set([
  'sum',
  'count',
  'schema',
  'offset',
  'n_offset',
  'buckets',
  'n_buckets',
  'z_bucket',
  'z_bucket_w',
  'custom_values',
  'counter_reset_hint',
]);
const RESET_HINTS: ReadonlySet<string> = new Set(['unknown', 'reset', 'not_reset', 'gauge']);

/**
 * The tokens of a series description in test scripts: a metric as in queries, then values in a notation of their own, in
 * which a space is a token.
 */
export class SeriesLexer extends Lexer {
  #state: 'metric' | 'values' | 'histogram' | 'buckets' | 'repeat' = 'metric';

  constructor(text: string) {
    super(text);
    this.inSeries = true;
  }

  override next(): void {
    switch (this.#state) {
      case 'metric':
        return this.#metric();
      case 'values':
        return this.#value();
      case 'histogram':
        return this.#histogram();
      case 'buckets':
        return this.#bucket();
      case 'repeat':
        return this.#repeat();
    }
  }

  #metric(): void {
    super.next();
    this.#afterWord();
  }

  /** Values begin behind a closing brace, or a word that no brace follows. */
  #afterWord(): void {
    if (this.type === T.RBRACE) this.#state = 'values';
    else if (isWord(this.type, this.text.charCodeAt(this.start)) && this.peek() !== 0x7b && !this.inBraces) {
      this.#state = 'values';
    }
  }

  #number(): void {
    if (this.scanNumber()) this.emit(T.NUMBER);
    else this.fail(`bad number syntax: ${goQuote(this.text.slice(this.start, this.pos))}`);
  }

  #single(type: number): void {
    this.pos++;
    this.emit(type);
  }

  #space(): void {
    this.#single(T.SPACE);
    this.skipSpaces();
  }

  #value(): void {
    this.start = this.pos;
    const c = this.peek();
    if (c === -1) return this.emit(T.EOF);
    if (c === 0x7b && this.peek(1) === 0x7b) {
      this.pos += 2;
      this.#state = 'histogram';
      return this.emit(T.OPEN_HIST);
    }
    if (isSpaceCode(c)) return this.#space();
    if (c === 0x2b) return this.#single(T.ADD);
    if (c === 0x2d) return this.#single(T.SUB);
    if (c === 0x78) return this.#single(T.TIMES);
    if (c === 0x5f) return this.#single(T.BLANK);
    if (isDigitCode(c) || (c === 0x2e && isDigitCode(this.peek(1)))) return this.#number();
    if (isAlphaCode(c)) {
      this.#state = 'metric';
      return this.#metric();
    }
    this.fail(`unexpected character in series sequence: ${this.#quoted()}`);
  }

  /** The character at hand as Go quotes it. */
  #quoted(): string {
    return goQuoteRune(this.pos < this.text.length ? (this.text.codePointAt(this.pos) as number) : -1);
  }

  #histogram(): void {
    this.start = this.pos;
    const c = this.peek();
    if (isSpaceCode(c)) return this.#space();
    if (isAlphaCode(c)) return this.#descriptor();
    if (c === 0x3a) return this.#single(T.COLON);
    if (c === 0x2d) return this.#single(T.SUB);
    if (isDigitCode(c)) return this.#number();
    if (c === 0x5b) {
      this.#state = 'buckets';
      return this.#single(T.LBRACKET);
    }
    if (c === 0x7d && this.peek(1) === 0x7d) {
      this.pos += 2;
      this.#state = this.peek() === 0x78 ? 'repeat' : 'values';
      return this.emit(T.CLOSE_HIST);
    }
    this.fail(`histogram description incomplete unexpected: ${this.#quoted()}`);
  }

  /** `x` behind a histogram; what follows must be a number. */
  #repeat(): void {
    this.start = this.pos;
    if (this.peek() === 0x78) return this.#single(T.TIMES);
    this.#state = 'values';
    this.#number();
  }

  #descriptor(): void {
    while (isAlphaCode(this.peek())) this.pos++;
    const word = this.text.slice(this.start, this.pos).toLowerCase();
    if (HISTOGRAM_KEYS.has(word)) {
      if (this.peek() === 0x3a) return this.emit(T.HIST_KEY);
      return this.fail('missing `:` for histogram descriptor');
    }
    if (KEYWORDS.get(word) === T.NUMBER) return this.emit(T.NUMBER);
    if (RESET_HINTS.has(word)) return this.emit(T.HIST_HINT);
    this.fail(`bad histogram descriptor found: ${goQuote(this.text.slice(this.start, this.pos))}`);
  }

  #bucket(): void {
    this.start = this.pos;
    // A word that is no number grows into the token that follows it, as in Prometheus' lexer.
    while (isAlphaCode(this.peek())) {
      this.pos++;
      const word = this.text.slice(this.start, this.pos).toLowerCase();
      if (KEYWORDS.get(word) === T.NUMBER) return this.emit(T.NUMBER);
    }
    const c = this.peek();
    if (isSpaceCode(c)) return this.#space();
    if (isDigitCode(c)) return this.#number();
    if (c === 0x2d) return this.#single(T.SUB);
    if (c === 0x5d) {
      this.#state = 'histogram';
      return this.#single(T.RBRACKET);
    }
    this.fail(`invalid character in buckets description: ${this.#quoted()}`);
  }
}

function isWord(type: number, first: number): boolean {
  if (type === T.IDENTIFIER || type === T.METRIC_IDENTIFIER) return true;
  // Operators and keywords that are words, and the numbers Inf and NaN.
  return type >= T.NUMBER && isAlphaCode(first);
}
