import type { AtBound, DurationExpr, DurationOperand, Expr, MatrixSelector, PositionRange, Subquery } from './ast.ts';
import { parseLiteral, parseOffsetDuration, parsePositiveDuration } from './duration-parser.ts';
import { T } from './tokens.ts';
import type { Expectation, TokenReader } from './token-reader.ts';

const DURATION_WORDS = 'number, duration, step(), or range()';
const OFFSET: Expectation = { context: 'offset', expected: DURATION_WORDS };
const AT: Expectation = { context: '@', expected: 'timestamp' };
const RANGE: Expectation = { context: 'subquery or range selector', expected: DURATION_WORDS };
const RANGE_END: Expectation = { context: 'subquery or range', expected: '":" or "]"' };
const STEP: Expectation = { context: 'subquery selector', expected: 'number, duration, step(), range(), or "]"' };
const STEP_END: Expectation = { context: 'subquery selector', expected: '"]"' };

/** Offset and `@` of the node that a modifier applies to. */
type Modified = Extract<Expr, { kind: 'selector' | 'matrix' | 'subquery' }>;

/** Reads all modifiers and brackets that follow an expression. */
export function parsePostfix(reader: TokenReader, primary: Expr): Expr {
  let expr = primary;
  // A tree under brackets grows by one; modifiers do not change the height.
  for (;;) {
    switch (reader.peek()) {
      case T.LBRACKET:
        expr = parseBrackets(reader, expr);
        break;
      case T.OFFSET:
        expr = parseOffset(reader, expr);
        break;
      case T.AT:
        expr = parseAt(reader, expr);
        break;
      case T.ANCHORED:
        reader.take();
        expr = extend(reader, expr, 'anchored');
        break;
      case T.SMOOTHED:
        reader.take();
        expr = extend(reader, expr, 'smoothed');
        break;
      default:
        return expr;
    }
  }
}

/** Runs `parse` with `expectation` for unexpected tokens. */
function within<R>(reader: TokenReader, expectation: Expectation, parse: () => R): R {
  const outer = reader.expectation;
  reader.expectation = expectation;
  const result = parse();
  reader.expectation = outer;
  return result;
}

function parseBrackets(reader: TokenReader, expr: Expr): Expr {
  const open = reader.start;
  const height = reader.height;
  reader.take();
  const range = within(reader, RANGE, () => parsePositiveDuration(reader));
  const rangeHeight = reader.height;
  if (reader.accept(T.RBRACKET)) {
    reader.height = height;
    reader.raise(height, rangeHeight);
    return matrixOf(reader, expr, range, { start: open, end: reader.end });
  }
  reader.expect(T.COLON, RANGE_END);
  let step: DurationOperand | undefined;
  if (reader.peek() !== T.RBRACKET) {
    step = within(reader, STEP, () => parsePositiveDuration(reader));
    reader.raise(reader.height, rangeHeight);
  } else reader.height = rangeHeight;
  reader.expect(T.RBRACKET, STEP_END);
  reader.raise(height, reader.height);
  return subqueryOf(expr, range, step, reader.end);
}

function matrixOf(reader: TokenReader, expr: Expr, range: DurationOperand, brackets: PositionRange): MatrixSelector {
  if (expr.kind !== 'selector') return reader.fail(brackets, 'ranges only allowed for vector selectors');
  if (hasOffset(expr)) reader.fail(brackets, 'no offset modifiers allowed before range');
  // `@ start()` and `@ end()` are let through, as in Prometheus.
  if (expr.timestamp !== undefined) reader.fail(brackets, 'no @ modifiers allowed before range');
  const pos = { start: expr.pos.start, end: brackets.end };
  const { ms, expr: rangeExpr } = durationParts(range);
  return { kind: 'matrix', selector: expr, range: ms, rangeExpr, pos };
}

function subqueryOf(expr: Expr, range: DurationOperand, step: DurationOperand | undefined, end: number): Subquery {
  const length = durationParts(range);
  const grid = step === undefined ? NO_DURATION : durationParts(step);
  return {
    kind: 'subquery',
    expr,
    range: length.ms,
    rangeExpr: length.expr,
    step: grid.ms,
    stepExpr: grid.expr,
    offset: 0,
    offsetExpr: undefined,
    timestamp: undefined,
    startOrEnd: undefined,
    pos: { start: expr.pos.start, end },
  };
}

interface DurationParts {
  readonly ms: number;
  readonly expr: DurationExpr | undefined;
}

const NO_DURATION: DurationParts = { ms: 0, expr: undefined };

function durationParts(duration: DurationOperand): DurationParts {
  if (duration.kind === 'duration') return { ms: 0, expr: duration };
  return { ms: secondsToMs(duration.value), expr: undefined };
}

/** Seconds of a literal to ms the way Prometheus does it: rounded to ns, then cut. */
function secondsToMs(seconds: number): number {
  if (Number.isNaN(seconds)) return 0;
  return Math.trunc(roundHalfAway(seconds * 1e9) / 1e6);
}

/** Go's math.Round. */
export function roundHalfAway(x: number): number {
  const cut = Math.trunc(x);
  return Math.abs(x - cut) >= 0.5 ? cut + Math.sign(x) : cut;
}

const hasAt = (expr: Exclude<Modified, MatrixSelector>): boolean =>
  expr.timestamp !== undefined || expr.startOrEnd !== undefined;

const hasOffset = (expr: Exclude<Modified, MatrixSelector>): boolean =>
  expr.offset !== 0 || expr.offsetExpr !== undefined;

function parseOffset(reader: TokenReader, expr: Expr): Expr {
  reader.take();
  const height = reader.height;
  const duration = within(reader, OFFSET, () => parseOffsetDuration(reader));
  reader.height = Math.max(height, reader.height);
  if (expr.kind === 'matrix') {
    return { ...expr, selector: withOffset(reader, expr.selector, duration, expr.pos), pos: closed(reader, expr) };
  }
  if (expr.kind !== 'selector' && expr.kind !== 'subquery') return notModifiable(reader, expr, 'offset');
  return { ...withOffset(reader, expr, duration, expr.pos), pos: closed(reader, expr) };
}

function withOffset<E extends Exclude<Modified, MatrixSelector>>(
  reader: TokenReader,
  expr: E,
  duration: DurationOperand,
  pos: PositionRange,
): E {
  if (hasOffset(expr)) reader.fail(pos, 'offset may not be set multiple times');
  const { ms, expr: offsetExpr } = durationParts(duration);
  return { ...expr, offset: ms, offsetExpr };
}

const closed = (reader: TokenReader, expr: Expr): PositionRange => ({
  start: expr.pos.start,
  end: reader.lastClosing,
});

function notModifiable(reader: TokenReader, expr: Expr, modifier: string): never {
  const target = 'an instant vector selector or range vector selector or a subquery';
  return reader.fail(expr.pos, `${modifier} modifier must be preceded by ${target}`);
}

function parseAt(reader: TokenReader, expr: Expr): Expr {
  reader.take();
  const at = within(reader, AT, () => parseTimestamp(reader, expr));
  if (expr.kind === 'matrix') {
    return { ...expr, selector: withAt(reader, expr.selector, at, expr.pos), pos: closed(reader, expr) };
  }
  if (expr.kind !== 'selector' && expr.kind !== 'subquery') return notModifiable(reader, expr, '@');
  return { ...withAt(reader, expr, at, expr.pos), pos: closed(reader, expr) };
}

function withAt<E extends Exclude<Modified, MatrixSelector>>(
  reader: TokenReader,
  expr: E,
  at: number | AtBound,
  pos: PositionRange,
): E {
  if (hasAt(expr)) reader.fail(pos, '@ <timestamp> may not be set multiple times');
  return typeof at === 'number' ? { ...expr, timestamp: at } : { ...expr, startOrEnd: at };
}

function parseTimestamp(reader: TokenReader, expr: Expr): number | AtBound {
  const type = reader.peek();
  if (type === T.START || type === T.END) {
    reader.take();
    reader.expect(T.LPAREN);
    reader.expect(T.RPAREN);
    return type === T.START ? 'start' : 'end';
  }
  const seconds = parseSignedNumber(reader);
  if (!(Math.abs(seconds) < 2 ** 63)) {
    reader.fail(expr.pos, `timestamp out of bounds for @ modifier: ${fixedSix(seconds)}`);
  }
  const ms = roundHalfAway(seconds * 1000);
  // What does not fit into an int64 becomes its minimum.
  return Math.abs(ms) < 2 ** 63 ? ms : -(2 ** 63);
}

/** Go's `%f` of a number beyond 2^63, an infinity or NaN. */
function fixedSix(x: number): string {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? '+Inf' : '-Inf';
  return `${BigInt(x).toString()}.000000`;
}

/** Reads a number or duration literal with an optional sign: a timestamp or fill value. */
export function parseSignedNumber(reader: TokenReader): number {
  const sign = reader.peek();
  if (sign === T.ADD || sign === T.SUB) reader.take();
  const type = reader.peek();
  if (type !== T.NUMBER && type !== T.DURATION) reader.unexpected();
  const { value } = parseLiteral(reader);
  return sign === T.SUB ? -value : value;
}

function extend(reader: TokenReader, expr: Expr, modifier: 'anchored' | 'smoothed'): Expr {
  if (!reader.features.extendedRangeSelectors) {
    reader.fail(expr.pos, `${modifier} modifier is experimental and not enabled`);
  }
  const selector = expr.kind === 'matrix' ? expr.selector : expr;
  if (selector.kind === 'subquery') reader.fail(expr.pos, `${modifier} modifier is not supported for subqueries`);
  if (selector.kind !== 'selector') return reader.fail(expr.pos, `${modifier} modifier not implemented`);
  const extended = { ...selector, [modifier]: true };
  if (extended.anchored && extended.smoothed) {
    reader.fail(expr.pos, 'anchored and smoothed modifiers cannot be used together');
  }
  return expr.kind === 'matrix' ? { ...expr, selector: extended } : extended;
}
