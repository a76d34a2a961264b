import type { Matcher } from '@tsanos/model';
import type { AggregationOp, BinaryOp, PositionRange, ValueType, VectorMatching } from '../parser/ast.ts';
import type { FunctionSignature } from '../parser/functions.ts';
import type { SelectRequest } from '../queryable.ts';

/**
 * The times at which an expression is evaluated: `start`, `start + step` … up to `end` (inclusive), in ms. `step` is at
 * least 1; an instant query has `start === end`.
 */
export interface Frame {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** How many times a frame holds; 0 when it ends before it starts. */
export function frameSteps(frame: Frame): number {
  return frame.end < frame.start ? 0 : Math.floor((frame.end - frame.start) / frame.step) + 1;
}

/**
 * Whether only the sum, the count and the reset hints of histograms are read (reference: stats-only decoding), which is
 * visible in reset hints.
 */
export interface ReadMode {
  readonly statsOnly: boolean;
}

/**
 * Labels that can influence the answer, as far as the plan can tell: only those of `labels` (`include`) or all but those.
 * Series that agree in them remain different series. Filters of a selector still look at all labels.
 */
export interface Projection {
  readonly include: boolean;
  readonly labels: readonly string[];
}

/**
 * `@` and offset, resolved. The reference time of a step `t` of the frame is `(at ?? t) - offset`, whichever order they
 * were written in; `at` already stands for `start()` and `end()`.
 */
export interface ResolvedTime {
  readonly offset: number;
  readonly at: number | undefined;
}

/** A number; a folded `start()`, `end()`, `step()`, `range()`, duration or constant expression, too. */
export interface NumberNode {
  readonly kind: 'number';
  readonly value: number;
  readonly pos: PositionRange;
}

export interface StringNode {
  readonly kind: 'string';
  readonly value: string;
  readonly pos: PositionRange;
}

/** The newest sample of each series in the look-back window of the plan. */
export interface SelectorNode extends ResolvedTime, ReadMode {
  readonly kind: 'selector';
  /** Which of the plan's selections holds its series; -1 for the second argument of `info`, which is read by `info` itself. */
  readonly selection: number;
  /** What a series of the selection must match in addition, because the selection is shared with a wider selector. */
  readonly filter: readonly Matcher[];
  /** All matchers as written, in order, the name outside the braces last; for `absent` and `info`. */
  readonly matchers: readonly Matcher[];
  /** The name written outside the braces, '' when none. */
  readonly name: string;
  readonly anchored: boolean;
  readonly smoothed: boolean;
  readonly projection: Projection | undefined;
  readonly pos: PositionRange;
}

/** All samples of each series in the left-open window of `range` ms before the reference time of the selector. */
export interface MatrixNode {
  readonly kind: 'matrix';
  readonly selector: SelectorNode;
  readonly range: number;
  readonly pos: PositionRange;
}

/** `expr` evaluated on a grid of its own, `frame`; windows over its points are left-open, as those of a matrix. */
export interface SubqueryNode extends ResolvedTime {
  readonly kind: 'subquery';
  readonly expr: PlanNode;
  readonly range: number;
  /** The grid of `expr`: all multiples of the step that some step of the parent's frame needs. */
  readonly frame: Frame;
  readonly pos: PositionRange;
}

export interface CallNode {
  readonly kind: 'call';
  readonly func: FunctionSignature;
  readonly args: readonly PlanNode[];
  readonly pos: PositionRange;
}

export interface AggregationNode {
  readonly kind: 'aggregation';
  readonly op: AggregationOp;
  readonly expr: PlanNode;
  readonly param: PlanNode | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly pos: PositionRange;
}

export interface BinaryNode {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly lhs: PlanNode;
  readonly rhs: PlanNode;
  readonly returnBool: boolean;
  readonly matching: VectorMatching | undefined;
  /** `scalar` when both sides are scalars. */
  readonly type: 'scalar' | 'vector';
  readonly pos: PositionRange;
}

export interface UnaryNode {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: PlanNode;
  readonly pos: PositionRange;
}

/**
 * `expr` has the same value at every step: evaluate it at the frame's start only and repeat the value. Around a matrix or
 * subquery it says that the window is the same at every step.
 */
export interface StepInvariantNode {
  readonly kind: 'step_invariant';
  readonly expr: PlanNode;
  readonly pos: PositionRange;
}

/** A plan's operators: the syntax tree without parentheses, with all times known. */
export type PlanNode =
  | NumberNode
  | StringNode
  | SelectorNode
  | MatrixNode
  | SubqueryNode
  | CallNode
  | AggregationNode
  | BinaryNode
  | UnaryNode
  | StepInvariantNode;

/** What a query computes and what it reads. */
export interface QueryPlan {
  /** The query text that positions refer to. */
  readonly text: string;
  readonly root: PlanNode;
  readonly type: ValueType;
  /** The query's own steps. */
  readonly frame: Frame;
  /** Window of instant selectors in ms. */
  readonly lookback: number;
  /** What to read, each once; `SelectorNode.selection` counts into it. */
  readonly selections: readonly SelectRequest[];
}

/** The node under step-invariant wrappers. */
export function unwrapInvariant(node: PlanNode): Exclude<PlanNode, StepInvariantNode> {
  let at = node;
  while (at.kind === 'step_invariant') at = at.expr;
  return at;
}

/** The type of the value that a plan node yields. */
export function planValueType(node: PlanNode): ValueType {
  switch (node.kind) {
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
      return node.func.returnType;
    case 'binary':
      return node.type;
    case 'unary':
    case 'step_invariant':
      return planValueType(node.expr);
  }
}
