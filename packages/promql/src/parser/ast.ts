import type { Matcher } from '@tsanos/model';
import type { FunctionSignature } from './functions.ts';

/**
 * Where a node stands in the query text, in UTF-16 units, end exclusive. Prometheus counts bytes: use `lineColumn` or
 * `byteOffset` of `position.ts` when a position is shown.
 */
export interface PositionRange {
  readonly start: number;
  readonly end: number;
}

/** The four kinds of values an expression can have. */
export type ValueType = 'scalar' | 'string' | 'vector' | 'matrix';

/** `start()` or `end()` behind `@`. */
export type AtBound = 'start' | 'end';

/** Operators of binary expressions, in lower case. */
export type BinaryOp =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | 'atan2'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '</'
  | '>/'
  | 'and'
  | 'or'
  | 'unless';

/** Aggregation operators, in lower case. */
export type AggregationOp =
  | 'sum'
  | 'avg'
  | 'count'
  | 'min'
  | 'max'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'count_values'
  | 'quantile'
  | 'limitk'
  | 'limit_ratio';

/** A number, or a duration literal as a number of seconds. */
export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  /** Written as a duration (`5m`); prints as one. */
  readonly duration: boolean;
  readonly pos: PositionRange;
}

/** A quoted string, unquoted. */
export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly pos: PositionRange;
}

/** Operators of duration expressions; `step` and `range` take nothing, `min_of` and `max_of` two operands. */
export type DurationOp = '+' | '-' | '*' | '/' | '%' | '^' | 'step' | 'range' | 'min_of' | 'max_of';

/**
 * Arithmetic on durations inside brackets and behind `offset`; its value is known when the query's step and range are.
 * A unary minus has only `rhs`, and so has a literal in parentheses, which is a unary plus that prints without sign.
 */
export interface DurationExpr {
  readonly kind: 'duration';
  readonly op: DurationOp;
  readonly lhs: DurationOperand | undefined;
  readonly rhs: DurationOperand | undefined;
  /** Written in parentheses. */
  readonly wrapped: boolean;
  readonly pos: PositionRange;
}

export type DurationOperand = NumberLiteral | DurationExpr;

/** Modifiers that selectors and subqueries share. Times in ms. */
export interface TimeModifiers {
  /** As written: positive looks into the past. 0 while `offsetExpr` is not evaluated. */
  readonly offset: number;
  /** The offset when it is more than a literal. */
  readonly offsetExpr: DurationExpr | undefined;
  /** `@ <timestamp>`. */
  readonly timestamp: number | undefined;
  /** `@ start()` or `@ end()`. */
  readonly startOrEnd: AtBound | undefined;
}

/** `name{matchers}` with its modifiers. */
export interface VectorSelector extends TimeModifiers {
  readonly kind: 'selector';
  /** The name written outside the braces, '' when there is none. */
  readonly name: string;
  /** In the order written; the name outside the braces comes last, as `__name__="name"`. */
  readonly matchers: readonly Matcher[];
  readonly anchored: boolean;
  readonly smoothed: boolean;
  readonly pos: PositionRange;
}

/** `selector[range]`. Offset, `@`, anchored and smoothed stand on the selector inside. */
export interface MatrixSelector {
  readonly kind: 'matrix';
  readonly selector: VectorSelector;
  /** In ms; 0 while `rangeExpr` is not evaluated. */
  readonly range: number;
  readonly rangeExpr: DurationExpr | undefined;
  readonly pos: PositionRange;
}

/** `expr[range:step]`. */
export interface Subquery extends TimeModifiers {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly range: number;
  readonly rangeExpr: DurationExpr | undefined;
  /** In ms; 0 when not given: the default step is used. */
  readonly step: number;
  readonly stepExpr: DurationExpr | undefined;
  readonly pos: PositionRange;
}

/** `func(args)`. */
export interface Call {
  readonly kind: 'call';
  readonly func: FunctionSignature;
  readonly args: readonly Expr[];
  readonly pos: PositionRange;
}

/** `op by (grouping) (param, expr)`. */
export interface Aggregation {
  readonly kind: 'aggregation';
  readonly op: AggregationOp;
  readonly expr: Expr;
  /** First argument of topk, bottomk, quantile, count_values, limitk, limit_ratio. */
  readonly param: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly pos: PositionRange;
}

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';

/** How the series of two vectors are paired. */
export interface VectorMatching {
  readonly card: Cardinality;
  /** Labels of `on` or `ignoring`. */
  readonly labels: readonly string[];
  /** `on` rather than `ignoring` (or nothing). */
  readonly on: boolean;
  /** Labels of `group_left` or `group_right`. */
  readonly include: readonly string[];
  /** Values that stand in for a missing series on the left (`fill_left`) or right side. */
  readonly fillLeft: number | undefined;
  readonly fillRight: number | undefined;
}

/** `lhs op rhs`. */
export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly lhs: Expr;
  readonly rhs: Expr;
  readonly returnBool: boolean;
  /** Present when both sides are vectors. */
  readonly matching: VectorMatching | undefined;
  /** `scalar` when both sides are scalars; set by the type check. */
  readonly type: 'scalar' | 'vector';
  readonly pos: PositionRange;
}

/** `+expr` or `-expr`. */
export interface Unary {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
  readonly pos: PositionRange;
}

/** `(expr)`. */
export interface Paren {
  readonly kind: 'paren';
  readonly expr: Expr;
  readonly pos: PositionRange;
}

/** A parsed query. Nodes are immutable. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary
  | Paren;

/** The type of the value that an expression yields. */
export function valueType(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregation':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'call':
      return expr.func.returnType;
    case 'binary':
      return expr.type;
    case 'unary':
    case 'paren':
      return valueType(expr.expr);
  }
}
