import { goQuote } from '../printer/go-quote.ts';
import type { PositionRange } from './ast.ts';
import type { ParserFeatures } from './features.ts';
import { Lexer } from './lexer.ts';
import { ParseError } from './parse-error.ts';
import { byteOffset } from './position.ts';
import { T, isAggregator, isKeyword, isOperator } from './tokens.ts';

/** Nesting and height of trees are bounded, so that no walk over a tree can overflow the stack. */
export const MAX_NESTING = 500;
export const MAX_HEIGHT = 2000;

/** What was being read when an unexpected token came, and what should have come. */
export interface Expectation {
  readonly context: string;
  readonly expected: string;
}

export const NOTHING_EXPECTED: Expectation = { context: '', expected: '' };

/**
 * The tokens of one text with one token of look-ahead, read no sooner than needed: an error of the lexer counts from
 * the moment at which the grammar looks at the token, so that checks made before come first, as in Prometheus.
 */
export class TokenReader {
  readonly text: string;
  readonly features: ParserFeatures;
  /** What an unexpected token is blamed on where the rule at hand says nothing: the innermost rule that does. */
  expectation: Expectation = NOTHING_EXPECTED;
  /** End of the last closing bracket, number or duration that was looked at: where calls and modifiers end. */
  lastClosing = 0;
  /** Height of the expression parsed last. */
  height = 0;
  #nesting = 0;
  /** Ends of the closing parentheses seen that no call, aggregation or parenthesis has claimed yet. */
  readonly #closings: number[] = [];
  #claimed = 0;
  readonly #lexer: Lexer;
  #have = false;

  constructor(text: string, features: ParserFeatures, lexer = new Lexer(text)) {
    this.text = text;
    this.features = features;
    this.#lexer = lexer;
  }

  /** Kind of the next token. */
  peek(): number {
    const lexer = this.#lexer;
    if (this.#have) return lexer.type;
    lexer.next();
    this.#have = true;
    switch (lexer.type) {
      case T.ERROR:
        throw new ParseError(this.text, { start: lexer.start, end: lexer.end }, lexer.error);
      case T.RPAREN:
        this.#closings.push(lexer.end);
        this.lastClosing = lexer.end;
        break;
      case T.RBRACE:
      case T.RBRACKET:
      case T.NUMBER:
      case T.DURATION:
        this.lastClosing = lexer.end;
        break;
      default:
    }
    return lexer.type;
  }

  /** Consumes the token looked at; `start`, `end` and `value` stay valid until the next `peek`. */
  take(): void {
    this.#have = false;
  }

  /** Consumes the next token if it is of this kind. */
  accept(type: number): boolean {
    if (this.peek() !== type) return false;
    this.#have = false;
    return true;
  }

  /** Consumes a token of this kind, or fails as unexpected. */
  expect(type: number, expectation = this.expectation): void {
    if (this.peek() !== type) this.unexpected(expectation);
    this.#have = false;
  }

  /**
   * The end of the first closing parenthesis not claimed yet, which is now. The lists of `on`, `ignoring` and the like and
   * `@ start()` claim none, so that calls behind them end too early: Prometheus does the same, and positions show it.
   */
  claimClosing(): number {
    return this.#closings[this.#claimed++] ?? this.lastClosing;
  }

  get start(): number {
    return this.#lexer.start;
  }

  get end(): number {
    return this.#lexer.end;
  }

  get value(): string {
    return this.#lexer.value;
  }

  fail(pos: PositionRange, reason: string): never {
    throw new ParseError(this.text, pos, reason);
  }

  /** Fails at the last token read. */
  unexpected({ context, expected }: Expectation = this.expectation): never {
    const lexer = this.#lexer;
    const where = context === '' ? '' : ` in ${context}`;
    const wanted = expected === '' ? '' : `, expected ${expected}`;
    const reason = `unexpected ${describeToken(lexer.type, lexer.value)}${where}${wanted}`;
    return this.fail({ start: lexer.start, end: lexer.end }, reason);
  }

  /** Goes one level down; `leave` comes back. */
  enter(): void {
    if (++this.#nesting > MAX_NESTING) this.#tooDeep();
  }

  leave(): void {
    this.#nesting--;
  }

  /** Notes the height of a node over the given heights. */
  raise(a: number, b = 0): void {
    this.height = Math.max(a, b) + 1;
    if (this.height > MAX_HEIGHT) this.#tooDeep();
  }

  #tooDeep(): never {
    const reason = `expression is too deep: at most ${MAX_NESTING} levels of nesting and ${MAX_HEIGHT} chained operators are allowed`;
    return this.fail({ start: this.start, end: this.end }, reason);
  }
}

const KINDS: Readonly<Record<number, string>> = {
  [T.IDENTIFIER]: 'identifier',
  [T.METRIC_IDENTIFIER]: 'metric identifier',
  [T.STRING]: 'string',
  [T.NUMBER]: 'number',
  [T.DURATION]: 'duration',
};

function describeToken(type: number, value: string): string {
  if (type === T.EOF) return 'end of input';
  if (isKeyword(type)) return `<${value}>`;
  if (isOperator(type)) return `<op:${value}>`;
  if (isAggregator(type)) return `<aggr:${value}>`;
  const kind = KINDS[type];
  const text = kind !== undefined && type <= T.METRIC_IDENTIFIER ? goQuote(value) : shortQuote(value);
  return kind === undefined ? text : `${kind} ${text}`;
}

function shortQuote(value: string): string {
  if (byteOffset(value, value.length) <= 10) return goQuote(value);
  return `${goQuote(Array.from(value.slice(0, 20)).slice(0, 10).join(''))}...`;
}
