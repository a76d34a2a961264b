import { goQuote, goQuoteRune, goUnicode } from '../printer/go-quote.ts';
import { KEYWORDS, T } from './tokens.ts';

// Classes of ASCII characters.
const ALPHA = 1;
const DIGIT = 2;
const SPACE = 4;
const HEX = 8;
const CLASS = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const ch = String.fromCharCode(c);
  if (/[a-zA-Z_]/.test(ch)) CLASS[c] |= ALPHA;
  if (/[0-9]/.test(ch)) CLASS[c] |= DIGIT;
  if (/[ \t\n\r]/.test(ch)) CLASS[c] |= SPACE;
  if (/[0-9a-fA-F]/.test(ch)) CLASS[c] |= HEX;
}

const is = (c: number, kind: number): boolean => c >= 0 && c < 128 && (CLASS[c] & kind) !== 0;
export const isSpaceCode = (c: number): boolean => is(c, SPACE);
export const isAlphaCode = (c: number): boolean => is(c, ALPHA);
export const isDigitCode = (c: number): boolean => is(c, DIGIT);

const DURATION_UNITS = 'smhdwy';
const LATER_DURATION_UNITS = 'smhdw';
const DURATION_WORDS: Readonly<Record<string, number>> = {
  step: T.STEP,
  range: T.RANGE,
  min_of: T.MIN_OF,
  max_of: T.MAX_OF,
};

/**
 * Splits a query into tokens, on demand: `next` puts the token's kind and its UTF-16 range into `type`, `start`, `end`.
 * A text that is no token gives one ERROR with the message in `error`; what follows it is not looked at.
 *
 * The states are Prometheus': at top level, inside braces, and inside brackets, where two states differ in small ways
 * (comments, end of input) that show in error messages.
 */
export class Lexer {
  readonly text: string;
  type = 0;
  start = 0;
  end = 0;
  error = '';
  protected pos = 0;
  protected inSeries = false;
  #parens = 0;
  #braceOpen = false;
  #bracketOpen = false;
  /** Right behind a bracket, or in what follows it without a number in between. */
  #duration = false;
  #gotColon = false;
  /** A number stood in some bracket of the text, this one or one before: Prometheus' lexer never forgets it. */
  #gotDuration = false;

  constructor(text: string) {
    this.text = text;
  }

  /** Reads the next token. Comments and spaces are skipped. */
  next(): void {
    if (this.#duration) this.#nextInDuration();
    else if (this.#braceOpen) this.#nextInBraces();
    else this.#nextStatement();
  }

  /** The text of the current token. */
  get value(): string {
    return this.text.slice(this.start, this.end);
  }

  /** The code unit `ahead` of the reading position, -1 at the end. */
  protected peek(ahead = 0): number {
    const at = this.pos + ahead;
    return at < this.text.length ? this.text.charCodeAt(at) : -1;
  }

  /** The code point at the reading position, -1 at the end. */
  #rune(): number {
    return this.pos < this.text.length ? (this.text.codePointAt(this.pos) as number) : -1;
  }

  /** Whether a brace is open. */
  protected get inBraces(): boolean {
    return this.#braceOpen;
  }

  protected emit(type: number): void {
    this.type = type;
    this.end = this.pos;
  }

  protected fail(message: string, start = this.start): void {
    this.type = T.ERROR;
    this.start = start;
    this.end = this.text.length;
    this.error = message;
  }

  protected skipSpaces(): void {
    while (is(this.peek(), SPACE)) this.pos++;
  }

  #skipSpacesAndComments(): void {
    for (;;) {
      const c = this.peek();
      if (is(c, SPACE)) this.pos++;
      else if (c === 0x23) this.#skipComment();
      else return;
    }
  }

  #skipComment(): void {
    for (let c = this.peek(); c !== 0x0a && c !== 0x0d && c !== -1; c = this.peek()) this.pos++;
  }

  #nextStatement(): void {
    this.#skipSpacesAndComments();
    this.start = this.pos;
    const c = this.peek();
    if (is(c, DIGIT) || (c === 0x2e && is(this.peek(1), DIGIT))) return this.#numberOrDuration();
    if (is(c, ALPHA) || c === 0x3a) return this.#bracketOpen ? this.#wordInBrackets(c) : this.#keywordOrIdentifier();
    if (this.#punctuation(c) || this.#comparison(c)) return;
    if (c === -1) return this.#end();
    this.fail(`unexpected character: ${goQuoteRune(this.#rune())}`);
  }

  #end(): void {
    if (this.#parens !== 0) this.fail('unclosed left parenthesis');
    else if (this.#bracketOpen) this.fail('unclosed left bracket');
    else this.emit(T.EOF);
  }

  #one(type: number): boolean {
    this.pos++;
    this.emit(type);
    return true;
  }

  #punctuation(c: number): boolean {
    switch (c) {
      case 0x2c:
        return this.#one(T.COMMA);
      case 0x28:
        this.#parens++;
        return this.#one(T.LPAREN);
      case 0x29:
        this.#closeParen();
        return true;
      case 0x7b:
        this.#braceOpen = true;
        return this.#one(T.LBRACE);
      case 0x5b:
        this.#openBracket();
        return true;
      case 0x5d:
        this.#closeBracket();
        return true;
      case 0x22:
      case 0x27:
        this.#string(c);
        return true;
      case 0x60:
        this.#rawString();
        return true;
      case 0x40:
        return this.#one(T.AT);
      default:
        return this.#arithmetic(c);
    }
  }

  #arithmetic(c: number): boolean {
    switch (c) {
      case 0x2b:
        return this.#one(T.ADD);
      case 0x2d:
        return this.#one(T.SUB);
      case 0x2a:
        return this.#one(T.MUL);
      case 0x2f:
        return this.#one(T.DIV);
      case 0x25:
        return this.#one(T.MOD);
      case 0x5e:
        return this.#one(T.POW);
      default:
        return false;
    }
  }

  #comparison(c: number): boolean {
    const second = this.peek(1);
    switch (c) {
      case 0x3d:
        if (second === 0x7e) this.fail("unexpected character after '=': '~'");
        else this.#oneOrTwo(second === 0x3d, T.EQLC, T.EQL);
        return true;
      case 0x21:
        this.pos++;
        if (second === 0x3d) this.#one(T.NEQ);
        else this.fail(`unexpected character after '!': ${goQuoteRune(this.#rune())}`);
        return true;
      case 0x3c:
        if (second === 0x2f) this.#oneOrTwo(true, T.TRIM_UPPER, 0);
        else this.#oneOrTwo(second === 0x3d, T.LTE, T.LSS);
        return true;
      case 0x3e:
        if (second === 0x2f) this.#oneOrTwo(true, T.TRIM_LOWER, 0);
        else this.#oneOrTwo(second === 0x3d, T.GTE, T.GTR);
        return true;
      default:
        return false;
    }
  }

  #oneOrTwo(two: boolean, typeOfTwo: number, typeOfOne: number): void {
    this.pos += two ? 2 : 1;
    this.emit(two ? typeOfTwo : typeOfOne);
  }

  #closeParen(): void {
    this.#one(T.RPAREN);
    // The parenthesis itself is lost: Prometheus' lexer overwrites it with the error, which stands behind it.
    if (--this.#parens < 0) this.fail("unexpected right parenthesis ')'", this.pos);
  }

  #openBracket(): void {
    if (this.#bracketOpen) return this.fail("unexpected left bracket '['");
    this.#gotColon = false;
    this.#bracketOpen = true;
    this.#duration = true;
    this.#one(T.LBRACKET);
  }

  #closeBracket(): void {
    if (!this.#bracketOpen) return this.fail("unexpected right bracket ']'");
    this.#bracketOpen = false;
    this.#duration = false;
    this.#one(T.RBRACKET);
  }

  #wordInBrackets(c: number): void {
    if (c === 0x3a) {
      if (this.#gotColon) return this.fail("unexpected colon ':'");
      this.#gotColon = true;
      this.#one(T.COLON);
      return;
    }
    if (!this.#durationWord()) this.fail(`unexpected character: ${goQuoteRune(c)}, expected ':'`);
  }

  #durationWord(): boolean {
    let end = this.pos;
    while (end < this.text.length && is(this.text.charCodeAt(end), ALPHA)) end++;
    const type = DURATION_WORDS[this.text.slice(this.pos, end).toLowerCase()];
    if (type === undefined) return false;
    this.pos = end;
    this.emit(type);
    return true;
  }

  #nextInDuration(): void {
    this.skipSpaces();
    this.start = this.pos;
    const c = this.peek();
    if (is(c, DIGIT) || (c === 0x2e && is(this.peek(1), DIGIT))) {
      this.#gotDuration = true;
      this.#duration = false;
      return this.#numberOrDuration();
    }
    switch (c) {
      case -1:
        return this.fail('unexpected end of input in duration expression');
      case 0x5d:
        return this.#closeBracket();
      case 0x3a:
        return this.#durationColon();
      case 0x28:
        this.#parens++;
        this.#one(T.LPAREN);
        return;
      case 0x29:
        return this.#closeParen();
      case 0x2c:
        this.#one(T.COMMA);
        return;
      default:
        if (this.#arithmetic(c) || (is(c, ALPHA) && this.#durationWord())) return;
        this.fail(`unexpected character in duration expression: ${goQuoteRune(this.#rune())}`);
    }
  }

  #durationColon(): void {
    this.#one(T.COLON);
    if (!this.#gotDuration) return this.fail('unexpected colon before duration in duration expression', this.pos);
    if (this.#gotColon) return this.fail('unexpected repeated colon in duration expression', this.pos);
    this.#gotColon = true;
  }

  #nextInBraces(): void {
    this.#skipSpacesAndComments();
    this.start = this.pos;
    const c = this.peek();
    if (is(c, ALPHA)) {
      while (is(this.peek(), ALPHA | DIGIT)) this.pos++;
      return this.emit(T.IDENTIFIER);
    }
    switch (c) {
      case -1:
        return this.fail('unexpected end of input inside braces');
      case 0x2c:
        this.#one(T.COMMA);
        return;
      case 0x22:
      case 0x27:
        return this.#string(c);
      case 0x60:
        return this.#rawString();
      case 0x3d:
        return this.#oneOrTwo(this.peek(1) === 0x7e, T.EQL_REGEX, T.EQL);
      case 0x21:
        return this.#notInBraces();
      case 0x7b:
        return this.fail("unexpected left brace '{'");
      case 0x7d:
        this.#braceOpen = false;
        this.#one(T.RBRACE);
        return;
      default:
        this.fail(`unexpected character inside braces: ${goQuoteRune(this.#rune())}`);
    }
  }

  #notInBraces(): void {
    const second = this.peek(1);
    if (second === 0x7e || second === 0x3d) return this.#oneOrTwo(true, second === 0x7e ? T.NEQ_REGEX : T.NEQ, 0);
    this.pos++;
    this.fail(`unexpected character after '!' inside braces: ${goQuoteRune(this.#rune())}`);
  }

  #keywordOrIdentifier(): void {
    let colon = false;
    let c = this.peek();
    for (; is(c, ALPHA | DIGIT) || c === 0x3a; c = this.peek()) {
      if (c === 0x3a) colon = true;
      this.pos++;
    }
    if (colon) return this.emit(T.METRIC_IDENTIFIER);
    const keyword = KEYWORDS.get(this.text.slice(this.start, this.pos).toLowerCase());
    if (keyword === undefined) return this.emit(T.IDENTIFIER);
    if (keyword >= T.FILL && keyword <= T.FILL_RIGHT && !this.#parenFollows()) return this.emit(T.IDENTIFIER);
    this.emit(keyword);
  }

  #parenFollows(): boolean {
    let at = this.pos;
    while (at < this.text.length && is(this.text.charCodeAt(at), SPACE)) at++;
    return at < this.text.length && this.text.charCodeAt(at) === 0x28;
  }

  #string(quote: number): void {
    this.pos++;
    for (;;) {
      const c = this.peek();
      if (c === quote) break;
      if (c === -1 || c === 0x0a) return this.fail('unterminated quoted string');
      if (c === 0xfffd) return this.fail('invalid UTF-8 rune');
      this.pos++;
      if (c === 0x5c) {
        const problem = this.#escape(quote);
        if (problem !== '') return this.fail(problem);
      }
    }
    this.#one(T.STRING);
  }

  /** Passes what follows a backslash; returns what is wrong with it, or ''. */
  #escape(quote: number): string {
    const c = this.#rune();
    if (c === -1) return 'escape sequence not terminated';
    if (c === quote || (c < 128 && 'abfnrtv\\'.includes(String.fromCharCode(c)))) {
      this.pos++;
      return '';
    }
    if (c >= 0x30 && c <= 0x37) return this.#escapeDigits(3, 8, 255);
    const digits = c === 0x78 ? 2 : c === 0x75 ? 4 : c === 0x55 ? 8 : 0;
    if (digits === 0) return `unknown escape sequence ${goUnicode(c)}`;
    this.pos++;
    return this.#escapeDigits(digits, 16, digits === 2 ? 255 : 0x10ffff);
  }

  #escapeDigits(count: number, base: number, max: number): string {
    let x = 0;
    for (let i = 0; i < count; i++) {
      const c = this.#rune();
      const digit = is(c, HEX) ? Number.parseInt(String.fromCharCode(c), 16) : 16;
      if (digit >= base) {
        return c === -1 ? 'escape sequence not terminated' : `illegal character ${goUnicode(c)} in escape sequence`;
      }
      x = x * base + digit;
      this.pos++;
    }
    return x > max || (x >= 0xd800 && x < 0xe000) ? 'escape sequence is an invalid Unicode code point' : '';
  }

  #rawString(): void {
    this.pos++;
    for (;;) {
      const c = this.peek();
      if (c === 0x60) break;
      if (c === -1) return this.fail('unterminated raw string');
      if (c === 0xfffd) return this.fail('invalid UTF-8 rune');
      this.pos++;
    }
    this.#one(T.STRING);
  }

  #numberOrDuration(): void {
    if (this.scanNumber()) this.emit(T.NUMBER);
    else if (this.#restOfDuration()) this.emit(T.DURATION);
    else this.fail(`bad number or duration syntax: ${goQuote(this.text.slice(this.start, this.pos))}`);
  }

  #accept(chars: string): boolean {
    const c = this.peek();
    if (c < 0 || !chars.includes(String.fromCharCode(c))) return false;
    this.pos++;
    return true;
  }

  /** Reads a number as far as it goes; false when what stands there is none (it may be a duration, or an error). */
  protected scanNumber(): boolean {
    const from = this.pos;
    let digits = DIGIT;
    if (!this.inSeries && this.peek() === 0x30) {
      this.pos++;
      if (this.#accept('xX')) {
        this.#accept('_');
        digits = HEX;
      }
    }
    this.#accept('.');
    if (is(this.peek(), digits)) this.pos++;
    if (!this.#restOfNumber(digits) || this.pos === from) return false;
    const c = this.peek();
    return (this.inSeries && c === 0x78) || !is(c, ALPHA | DIGIT);
  }

  #restOfNumber(digits: number): boolean {
    let dot = false;
    let exponent = false;
    for (;;) {
      const c = this.peek();
      const isDot = c === 0x2e;
      const isExponent = c === 0x65 || c === 0x45;
      if (!is(c, digits) && !isDot && !isExponent && c !== 0x5f) return true;
      if ((isDot && dot) || (isExponent && exponent)) {
        this.pos++;
        return false;
      }
      if (!this.#partOfNumber(digits)) return false;
      dot ||= isDot;
      exponent ||= isExponent && digits === DIGIT;
    }
  }

  /** Reads a dot, underscore, exponent mark or run of digits; false when what follows may not follow it. */
  #partOfNumber(digits: number): boolean {
    if (is(this.peek(), digits)) {
      while (is(this.peek(), digits)) this.pos++;
      return true;
    }
    if (this.#accept('.')) return !this.#accept('_.') && digits === DIGIT;
    if (this.#accept('_')) return this.peek() !== -1 && !this.#accept('._eE');
    this.#accept('eE');
    this.#accept('+-');
    return this.peek() !== -1 && !this.#accept('._eE');
  }

  /** Reads unit, number, unit … behind a first number; units are checked where the duration's value is taken. */
  #restOfDuration(): boolean {
    if (!this.#accept(DURATION_UNITS)) return false;
    this.#accept('s');
    while (is(this.peek(), DIGIT)) {
      while (is(this.peek(), DIGIT)) this.pos++;
      if (!this.#accept(LATER_DURATION_UNITS)) return false;
      this.#accept('s');
    }
    if (!is(this.peek(), ALPHA | DIGIT)) return true;
    // Prometheus' message includes the character that does not belong.
    this.pos++;
    return false;
  }
}
