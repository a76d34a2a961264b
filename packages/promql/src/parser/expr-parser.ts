import type { Aggregation, AggregationOp, BinaryOp, Call, Cardinality, Expr, VectorMatching } from './ast.ts';
import { goQuote } from '../printer/go-quote.ts';
import { parseLiteral } from './duration-parser.ts';
import { FUNCTIONS } from './functions.ts';
import { parsePostfix, parseSignedNumber } from './postfix-parser.ts';
import { GROUP_START, parseGrouping, parseVectorSelector } from './selector-parser.ts';
import { T, isAggregator, isMetricWord } from './tokens.ts';
import type { Expectation, TokenReader } from './token-reader.ts';
import { unquote } from './unquote.ts';

const AGGREGATION: Expectation = { context: 'aggregation', expected: '' };

/** Operators by token kind; a higher level binds tighter. */
const BINARY: Readonly<Record<number, { readonly op: BinaryOp; readonly level: number }>> = {
  [T.OR]: { op: 'or', level: 1 },
  [T.AND]: { op: 'and', level: 2 },
  [T.UNLESS]: { op: 'unless', level: 2 },
  [T.EQLC]: { op: '==', level: 3 },
  [T.NEQ]: { op: '!=', level: 3 },
  [T.LSS]: { op: '<', level: 3 },
  [T.LTE]: { op: '<=', level: 3 },
  [T.GTR]: { op: '>', level: 3 },
  [T.GTE]: { op: '>=', level: 3 },
  [T.TRIM_UPPER]: { op: '</', level: 3 },
  [T.TRIM_LOWER]: { op: '>/', level: 3 },
  [T.ADD]: { op: '+', level: 4 },
  [T.SUB]: { op: '-', level: 4 },
  [T.MUL]: { op: '*', level: 5 },
  [T.DIV]: { op: '/', level: 5 },
  [T.MOD]: { op: '%', level: 5 },
  [T.ATAN2]: { op: 'atan2', level: 5 },
  [T.POW]: { op: '^', level: 7 },
};
/** What a sign takes: operators that bind tighter than `*`. */
const UNARY_LEVEL = 6;

/** Reads an expression whose operators are of at least this level. */
export function parseExpr(reader: TokenReader, level: number): Expr {
  reader.enter();
  let lhs = parseSigned(reader);
  for (;;) {
    const operator = BINARY[reader.peek()];
    if (operator === undefined || operator.level < level) break;
    reader.take();
    lhs = parseBinary(reader, lhs, operator.op, operator.level);
  }
  reader.leave();
  return lhs;
}

function parseBinary(reader: TokenReader, lhs: Expr, op: BinaryOp, level: number): Expr {
  const height = reader.height;
  const returnBool = reader.accept(T.BOOL);
  const matching = parseMatching(reader);
  // `^` is right-associative.
  const rhs = parseExpr(reader, op === '^' ? level : level + 1);
  reader.raise(height, reader.height);
  const pos = { start: lhs.pos.start, end: rhs.pos.end };
  if (!reader.features.fillModifiers && (matching.fillLeft !== undefined || matching.fillRight !== undefined)) {
    reader.fail(pos, 'binop fill modifiers are experimental and not enabled');
  }
  return { kind: 'binary', op, lhs, rhs, returnBool, matching, type: 'vector', pos };
}

const NO_MATCHING: VectorMatching = {
  card: 'one-to-one',
  labels: [],
  on: false,
  include: [],
  fillLeft: undefined,
  fillRight: undefined,
};

function parseMatching(reader: TokenReader): VectorMatching {
  const type = reader.peek();
  if (type !== T.ON && type !== T.IGNORING) return withFill(reader, NO_MATCHING);
  reader.take();
  const labels = parseGrouping(reader);
  let card: Cardinality = 'one-to-one';
  let include: string[] = [];
  const group = reader.peek();
  if (group === T.GROUP_LEFT || group === T.GROUP_RIGHT) {
    reader.take();
    card = group === T.GROUP_LEFT ? 'many-to-one' : 'one-to-many';
    const next = reader.peek();
    if (next === T.LPAREN) include = parseGrouping(reader);
    else if (!startsExpr(next) && (next < T.FILL || next > T.FILL_RIGHT)) reader.unexpected(GROUP_START);
  }
  return withFill(reader, { ...NO_MATCHING, card, labels, on: type === T.ON, include });
}

function withFill(reader: TokenReader, matching: VectorMatching): VectorMatching {
  const type = reader.peek();
  if (type < T.FILL || type > T.FILL_RIGHT) return matching;
  const value = parseFillValue(reader);
  if (type === T.FILL) return { ...matching, fillLeft: value, fillRight: value };
  const other = type === T.FILL_LEFT ? T.FILL_RIGHT : T.FILL_LEFT;
  const second = reader.peek() === other ? parseFillValue(reader) : undefined;
  const [fillLeft, fillRight] = type === T.FILL_LEFT ? [value, second] : [second, value];
  return { ...matching, fillLeft, fillRight };
}

function parseFillValue(reader: TokenReader): number {
  reader.take();
  reader.expect(T.LPAREN);
  const value = parseSignedNumber(reader);
  reader.expect(T.RPAREN);
  return value;
}

function parseSigned(reader: TokenReader): Expr {
  const sign = reader.peek();
  if (sign !== T.ADD && sign !== T.SUB) return parsePostfix(reader, parsePrimary(reader));
  const start = reader.start;
  reader.take();
  const operand = parseExpr(reader, UNARY_LEVEL);
  const pos = { start, end: operand.pos.end };
  if (operand.kind === 'number') return { ...operand, value: sign === T.SUB ? -operand.value : operand.value, pos };
  reader.raise(reader.height);
  return { kind: 'unary', op: sign === T.SUB ? '-' : '+', expr: operand, pos };
}

function parsePrimary(reader: TokenReader): Expr {
  reader.height = 1;
  const type = reader.peek();
  const start = reader.start;
  switch (type) {
    case T.NUMBER:
    case T.DURATION:
      return parseLiteral(reader);
    case T.STRING:
      reader.take();
      return { kind: 'string', value: unquote(reader.value), pos: { start, end: reader.end } };
    case T.LPAREN:
      return parseParen(reader, start);
    case T.LBRACE:
      return parseVectorSelector(reader, '', start, start);
    default:
      return parseName(reader, type, start);
  }
}

function parseParen(reader: TokenReader, start: number): Expr {
  reader.take();
  const expr = parseExpr(reader, 0);
  reader.expect(T.RPAREN);
  reader.claimClosing();
  reader.raise(reader.height);
  return { kind: 'paren', expr, pos: { start, end: reader.end } };
}

function parseName(reader: TokenReader, type: number, start: number): Expr {
  if (type !== T.IDENTIFIER && type !== T.METRIC_IDENTIFIER && !isMetricWord(type)) reader.unexpected();
  const name = reader.value;
  const end = reader.end;
  reader.take();
  const next = reader.peek();
  if (isAggregator(type) && (next === T.LPAREN || next === T.BY || next === T.WITHOUT)) {
    return parseAggregation(reader, name.toLowerCase() as AggregationOp, start);
  }
  const callable = type === T.IDENTIFIER || (type >= T.START && type <= T.MIN_OF);
  if (callable && next === T.LPAREN) return parseCall(reader, name, start, end);
  return parseVectorSelector(reader, name, start, end);
}

function parseCall(reader: TokenReader, name: string, start: number, nameEnd: number): Call {
  const args = parseArgs(reader);
  const end = reader.claimClosing();
  const func = FUNCTIONS.get(name);
  const pos = { start, end: nameEnd };
  if (func === undefined) return reader.fail(pos, `unknown function with name ${goQuote(name)}`);
  if (func.experimental && !reader.features.experimentalFunctions) {
    reader.fail(pos, `function ${goQuote(name)} is not enabled`);
  }
  return { kind: 'call', func, args, pos: { start, end } };
}

/** Reads `(expr, …)`. The height is that of the call. */
function parseArgs(reader: TokenReader): Expr[] {
  reader.expect(T.LPAREN);
  const args: Expr[] = [];
  let height = 0;
  if (!reader.accept(T.RPAREN)) {
    for (;;) {
      args.push(parseExpr(reader, 0));
      height = Math.max(height, reader.height);
      if (reader.accept(T.RPAREN)) break;
      reader.expect(T.COMMA);
      const comma = { start: reader.start, end: reader.end };
      if (!startsExpr(reader.peek())) reader.fail(comma, 'trailing commas not allowed in function call args');
    }
  }
  reader.raise(height);
  return args;
}

function startsExpr(type: number): boolean {
  if (type >= T.IDENTIFIER && type <= T.DURATION) return true;
  return type === T.LPAREN || type === T.LBRACE || type === T.ADD || type === T.SUB || isMetricWord(type);
}

const WITH_PARAM: ReadonlySet<AggregationOp> = new Set([
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
]);

interface Modifier {
  readonly grouping: readonly string[];
  readonly without: boolean;
}

function parseAggregation(reader: TokenReader, op: AggregationOp, start: number): Aggregation {
  const outer = reader.expectation;
  reader.expectation = AGGREGATION;
  let modifier = parseModifier(reader);
  const args = parseArgs(reader);
  const height = reader.height;
  if (modifier === undefined) modifier = parseModifier(reader);
  reader.expectation = outer;
  reader.height = height;
  if (modifier !== undefined) reader.claimClosing();
  const pos = { start, end: reader.claimClosing() };
  const withParam = WITH_PARAM.has(op);
  if (args.length === 0) reader.fail(pos, 'no arguments for aggregate expression provided');
  if ((op === 'limitk' || op === 'limit_ratio') && !reader.features.experimentalFunctions) {
    const flag = '--enable-feature=promql-experimental-functions';
    reader.fail(pos, `${op}() is experimental and must be enabled with ${flag}`);
  }
  const wanted = withParam ? 2 : 1;
  if (args.length !== wanted) {
    const got = `expected ${wanted}, got ${args.length}`;
    reader.fail(pos, `wrong number of arguments for aggregate expression provided, ${got}`);
  }
  const param = withParam ? args[0] : undefined;
  const { grouping, without } = modifier ?? { grouping: [], without: false };
  return { kind: 'aggregation', op, expr: args[wanted - 1], param, grouping, without, pos };
}

function parseModifier(reader: TokenReader): Modifier | undefined {
  const type = reader.peek();
  if (type !== T.BY && type !== T.WITHOUT) return undefined;
  reader.take();
  return { grouping: parseGrouping(reader), without: type === T.WITHOUT };
}
