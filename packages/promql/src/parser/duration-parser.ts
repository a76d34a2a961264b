import type { DurationExpr, DurationOp, DurationOperand, NumberLiteral } from './ast.ts';
import { parseDurationLiteral, parseNumber } from './number-literal.ts';
import { T } from './tokens.ts';
import type { TokenReader } from './token-reader.ts';

/** Longest duration in seconds: 2^63 ns. */
const MAX_SECONDS = 2 ** 63 / 1e9;

const BINARY: Readonly<Record<number, { readonly op: DurationOp; readonly level: number }>> = {
  [T.ADD]: { op: '+', level: 1 },
  [T.SUB]: { op: '-', level: 1 },
  [T.MUL]: { op: '*', level: 2 },
  [T.DIV]: { op: '/', level: 2 },
  [T.MOD]: { op: '%', level: 2 },
  [T.POW]: { op: '^', level: 4 },
};
const UNARY_LEVEL = 3;

/** Reads a NUMBER or DURATION token that is next. */
export function parseLiteral(reader: TokenReader): NumberLiteral {
  const duration = reader.peek() === T.DURATION;
  const pos = { start: reader.start, end: reader.end };
  const parsed = duration ? parseDurationLiteral(reader.value) : parseNumber(reader.value);
  if (parsed.problem !== undefined) return reader.fail(pos, parsed.problem);
  reader.take();
  return { kind: 'number', value: parsed.value, duration, pos };
}

/** What `[…]` takes: a duration expression whose value, where it is known, is positive. */
export function parsePositiveDuration(reader: TokenReader): DurationOperand {
  const duration = parseDuration(reader, 0);
  // The look-ahead decides whether the expression goes on, and its errors come first.
  reader.peek();
  if (duration.kind === 'number' && !(duration.value > 0)) {
    if (duration.value <= 0) reader.fail(duration.pos, 'duration must be greater than 0');
  }
  return checkEnabled(reader, duration);
}

/**
 * What `offset` takes: one term, signed or not. Arithmetic behind it belongs to the query, but for an unsigned
 * parenthesis or a double sign, which take all the duration arithmetic that follows, as in Prometheus' grammar.
 */
export function parseOffsetDuration(reader: TokenReader): DurationOperand {
  const type = reader.peek();
  if (type === T.LPAREN) return checkEnabled(reader, parseDuration(reader, 0));
  if (type !== T.ADD && type !== T.SUB) return checkEnabled(reader, parseTerm(reader));
  const start = reader.start;
  reader.take();
  const second = reader.peek();
  if (second !== T.ADD && second !== T.SUB) return checkEnabled(reader, signedTerm(type, start, parseTerm(reader)));
  const operand = signed(type, start, parseDuration(reader, UNARY_LEVEL));
  return checkEnabled(reader, parseOperators(reader, operand, 0));
}

function checkEnabled(reader: TokenReader, duration: DurationOperand): DurationOperand {
  if (duration.kind === 'duration' && !reader.features.durationExpressions) {
    reader.fail(duration.pos, 'experimental duration expression is not enabled');
  }
  return duration;
}

function parseDuration(reader: TokenReader, level: number): DurationOperand {
  reader.enter();
  const duration = parseOperators(reader, parseSigned(reader), level);
  reader.leave();
  return duration;
}

function parseOperators(reader: TokenReader, first: DurationOperand, level: number): DurationOperand {
  let lhs = first;
  for (;;) {
    const type = reader.peek();
    const operator = BINARY[type];
    if (operator === undefined || operator.level < level) return lhs;
    const opPos = { start: reader.start, end: reader.end };
    reader.take();
    const height = reader.height;
    // `^` is right-associative.
    const rhs = parseDuration(reader, operator.op === '^' ? operator.level : operator.level + 1);
    reader.peek();
    if (rhs.kind === 'number' && rhs.value === 0) {
      if (operator.op === '/') reader.fail(opPos, 'division by zero');
      if (operator.op === '%') reader.fail(opPos, 'modulo by zero');
    }
    reader.raise(height, reader.height);
    const pos = { start: lhs.pos.start, end: rhs.pos.end };
    lhs = { kind: 'duration', op: operator.op, lhs, rhs, wrapped: false, pos };
  }
}

function parseSigned(reader: TokenReader): DurationOperand {
  const type = reader.peek();
  if (type !== T.ADD && type !== T.SUB) return parseTerm(reader);
  const start = reader.start;
  reader.take();
  return signed(type, start, parseDuration(reader, UNARY_LEVEL));
}

function signed(sign: number, start: number, operand: DurationOperand): DurationOperand {
  const pos = { start, end: operand.pos.end };
  if (operand.kind === 'number') return { ...operand, value: sign === T.SUB ? -operand.value : operand.value, pos };
  if (sign === T.ADD) return operand;
  return { kind: 'duration', op: '-', lhs: undefined, rhs: operand, wrapped: false, pos };
}

/** As `signed`; but `offset +step()` keeps its plus, which shows in the tree. */
function signedTerm(sign: number, start: number, operand: DurationOperand): DurationOperand {
  if (sign === T.SUB || operand.kind === 'number' || operand.wrapped) return signed(sign, start, operand);
  const pos = { start, end: operand.pos.end };
  return { kind: 'duration', op: '+', lhs: undefined, rhs: operand, wrapped: false, pos };
}

function parseTerm(reader: TokenReader): DurationOperand {
  reader.height = 1;
  switch (reader.peek()) {
    case T.NUMBER:
    case T.DURATION: {
      const literal = parseLiteral(reader);
      if (Math.abs(literal.value) > MAX_SECONDS) reader.fail(literal.pos, 'duration out of range');
      return literal;
    }
    case T.STEP:
      return parseWord(reader, 'step');
    case T.RANGE:
      return parseWord(reader, 'range');
    case T.MIN_OF:
      return parseChoice(reader, 'min_of');
    case T.MAX_OF:
      return parseChoice(reader, 'max_of');
    case T.LPAREN:
      return parseParen(reader);
    default:
      return reader.unexpected();
  }
}

function parseWord(reader: TokenReader, op: DurationOp): DurationExpr {
  const start = reader.start;
  reader.take();
  reader.expect(T.LPAREN);
  reader.expect(T.RPAREN);
  reader.claimClosing();
  return { kind: 'duration', op, lhs: undefined, rhs: undefined, wrapped: false, pos: { start, end: reader.end } };
}

function parseChoice(reader: TokenReader, op: DurationOp): DurationExpr {
  reader.take();
  reader.expect(T.LPAREN);
  const lhs = parseDuration(reader, 0);
  const height = reader.height;
  reader.expect(T.COMMA);
  const rhs = parseDuration(reader, 0);
  reader.raise(height, reader.height);
  reader.expect(T.RPAREN);
  reader.claimClosing();
  // The position is that of the operands, as in Prometheus' messages.
  return { kind: 'duration', op, lhs, rhs, wrapped: false, pos: { start: lhs.pos.start, end: rhs.pos.end } };
}

function parseParen(reader: TokenReader): DurationExpr {
  const start = reader.start;
  reader.take();
  const inner = parseDuration(reader, 0);
  reader.expect(T.RPAREN);
  reader.claimClosing();
  if (inner.kind === 'duration') return { ...inner, wrapped: true };
  // Parentheses around a literal are kept, as those of a unary plus.
  return { kind: 'duration', op: '+', lhs: undefined, rhs: inner, wrapped: true, pos: { start, end: reader.end } };
}
