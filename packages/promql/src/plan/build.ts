import type { Matcher } from '@tsanos/model';
import type { SelectHints } from '@tsanos/series';
import type {
  Aggregation,
  Call,
  DurationExpr,
  Expr,
  MatrixSelector,
  Subquery,
  TimeModifiers,
  VectorSelector,
} from '../parser/ast.ts';
import type { SelectRequest } from '../queryable.ts';
import { type DurationScope, resolveDuration } from './durations.ts';
import {
  type Frame,
  type PlanNode,
  type QueryPlan,
  type ResolvedTime,
  type SelectorNode,
  frameSteps,
  planValueType,
} from './nodes.ts';
import { type SelectorPath, ROOT_PATH, selectionTimes } from './selection-times.ts';

/** When a query is evaluated and what its server's settings are; times in ms. */
export interface PlanOptions {
  readonly start: number;
  /** Inclusive; equal to `start` for an instant query. */
  readonly end: number;
  /** 0 for an instant query. */
  readonly step: number;
  readonly lookback: number;
  /** Step of subqueries that name none. */
  readonly defaultStep: number;
}

/**
 * Turns a type-checked tree into a plan as written: parentheses gone, durations, `@` and the functions `start`, `end`,
 * `step` and `range` resolved, grids of subqueries laid out, one selection a selector. Throws where a duration
 * expression turns out to be unusable.
 */
export function buildPlan(expr: Expr, text: string, options: PlanOptions): QueryPlan {
  const builder = new Builder(text, options);
  const frame: Frame = { start: options.start, end: options.end, step: Math.max(1, options.step) };
  const root = builder.build(expr, { ...ROOT_PATH, frame });
  return { text, root, type: planValueType(root), frame, lookback: options.lookback, selections: builder.selections };
}

/** What a node needs to know of its ancestors. */
interface Context extends SelectorPath {
  readonly frame: Frame;
}

const WHOLE_HISTOGRAM: ReadonlySet<string> = new Set([
  'histogram_quantile',
  'histogram_quantiles',
  'histogram_fraction',
]);
const STATS_OF_HISTOGRAM: ReadonlySet<string> = new Set(['histogram_count', 'histogram_sum', 'histogram_avg']);

class Builder {
  readonly selections: SelectRequest[] = [];
  readonly #options: PlanOptions;
  readonly #scope: DurationScope;

  constructor(text: string, options: PlanOptions) {
    this.#options = options;
    const rangeSeconds = (options.end - options.start) / 1000;
    this.#scope = { text, stepSeconds: options.step / 1000, rangeSeconds };
  }

  build(expr: Expr, context: Context): PlanNode {
    switch (expr.kind) {
      case 'number':
        return { kind: 'number', value: expr.value, pos: expr.pos };
      case 'string':
        return { kind: 'string', value: expr.value, pos: expr.pos };
      case 'paren':
        return this.build(expr.expr, context);
      case 'unary':
        return { kind: 'unary', op: expr.op, expr: this.build(expr.expr, context), pos: expr.pos };
      case 'selector':
        return this.#selector(expr, 0, context);
      case 'matrix':
        return this.#matrix(expr, context);
      case 'subquery':
        return this.#subquery(expr, context);
      case 'aggregation':
        return this.#aggregation(expr, context);
      case 'call':
        return this.#call(expr, context);
      case 'binary': {
        const trim = expr.op === '</' || expr.op === '>/';
        const inner = { ...context, func: '', grouping: [], by: false, whole: context.whole || trim };
        const lhs = this.build(expr.lhs, inner);
        const rhs = this.build(expr.rhs, inner);
        const { op, returnBool, matching, type, pos } = expr;
        return { kind: 'binary', op, lhs, rhs, returnBool, matching, type, pos };
      }
    }
  }

  #aggregation(node: Aggregation, context: Context): PlanNode {
    const { op, grouping, without, pos } = node;
    const inner = { ...context, func: op, grouping, by: !without };
    const expr = this.build(node.expr, inner);
    const param = node.param === undefined ? undefined : this.build(node.param, inner);
    return { kind: 'aggregation', op, expr, param, grouping, without, pos };
  }

  #call(node: Call, context: Context): PlanNode {
    const { func, pos } = node;
    const folded = this.#foldTimes(func.name);
    if (folded !== undefined) return { kind: 'number', value: folded, pos };
    const inner = {
      ...context,
      func: func.name,
      grouping: [],
      by: false,
      stats: context.stats || STATS_OF_HISTOGRAM.has(func.name),
      whole: context.whole || WHOLE_HISTOGRAM.has(func.name),
    };
    if (func.name === 'info') return this.#info(node, inner);
    return { kind: 'call', func, args: node.args.map((arg) => this.build(arg, inner)), pos };
  }

  #foldTimes(name: string): number | undefined {
    const { start, end, step } = this.#options;
    switch (name) {
      case 'start':
        return start / 1000;
      case 'end':
        return end / 1000;
      case 'range':
        return (end - start) / 1000;
      case 'step':
        return start === end ? 0 : step / 1000;
      default:
        return undefined;
    }
  }

  /** `info` reads its series itself: its second argument says which and when, but gets no selection. */
  #info(node: Call, context: Context): PlanNode {
    const input = this.build(node.args[0], context);
    const labels = node.args[1];
    const { offset, at } = firstSelectorTime(input) ?? { offset: 0, at: undefined };
    const selector: SelectorNode = {
      kind: 'selector',
      selection: -1,
      filter: [],
      matchers: labels?.kind === 'selector' ? labels.matchers : [],
      name: '',
      offset,
      at,
      anchored: false,
      smoothed: false,
      projection: undefined,
      statsOnly: false,
      pos: labels?.pos ?? node.pos,
    };
    return { kind: 'call', func: node.func, args: [input, selector], pos: node.pos };
  }

  #resolve(literal: number, expr: DurationExpr | undefined, positive: boolean): number {
    return expr === undefined ? literal : resolveDuration(expr, this.#scope, positive);
  }

  #time({ offset, offsetExpr, timestamp, startOrEnd }: TimeModifiers): ResolvedTime {
    const { start, end } = this.#options;
    const at = startOrEnd === undefined ? timestamp : startOrEnd === 'start' ? start : end;
    return { offset: this.#resolve(offset, offsetExpr, false), at };
  }

  #matrix(node: MatrixSelector, context: Context): PlanNode {
    const range = this.#resolve(node.range, node.rangeExpr, true);
    return { kind: 'matrix', selector: this.#selector(node.selector, range, context), range, pos: node.pos };
  }

  #selector(node: VectorSelector, range: number, context: Context): SelectorNode {
    const time = this.#time(node);
    const { start, end, lookback, step } = this.#options;
    const window = { range, lookback, anchored: node.anchored, smoothed: node.smoothed };
    const { mint, maxt } = selectionTimes({ start, end }, time, window, context);
    const hints: SelectHints = {
      stepMs: context.subqueryStep === 0 ? step : context.subqueryStep,
      func: context.func,
      rangeMs: range,
      grouping: context.grouping,
      by: context.by,
    };
    const selection = this.selections.push({ mint, maxt, matchers: orderedMatchers(node), hints }) - 1;
    return {
      kind: 'selector',
      selection,
      filter: [],
      matchers: node.matchers,
      name: node.name,
      offset: time.offset,
      at: time.at,
      anchored: node.anchored,
      smoothed: node.smoothed,
      projection: undefined,
      statsOnly: context.stats && !context.whole,
      pos: node.pos,
    };
  }

  #subquery(node: Subquery, context: Context): PlanNode {
    const time = this.#time(node);
    const range = this.#resolve(node.range, node.rangeExpr, true);
    const given = node.step === 0 && node.stepExpr === undefined ? 0 : this.#resolve(node.step, node.stepExpr, true);
    const step = Math.max(1, given === 0 ? this.#options.defaultStep : given);
    const frame = subqueryFrame(context.frame, time, range, step);
    const moved = time.at !== undefined;
    const inner: Context = {
      ...context,
      frame,
      subqueryOffset: time.offset + (moved ? 0 : context.subqueryOffset),
      subqueryRange: range + (moved ? 0 : context.subqueryRange),
      subqueryAt: time.at ?? context.subqueryAt,
      subqueryStep: step,
      grouping: [],
      by: false,
      // Histograms of points are whole.
      whole: true,
    };
    const expr = this.build(node.expr, inner);
    return { kind: 'subquery', expr, range, frame, offset: time.offset, at: time.at, pos: node.pos };
  }
}

/**
 * The grid on which a subquery's expression is evaluated: multiples of the step, the first one behind the start of the
 * window of the parent's first step, the last one not behind the window of the parent's last step.
 */
export function subqueryFrame(parent: Frame, { offset, at }: ResolvedTime, range: number, step: number): Frame {
  const last = at ?? parent.start + Math.max(0, frameSteps(parent) - 1) * parent.step;
  const open = (at ?? parent.start) - offset - range;
  const start = (Math.floor(open / step) + 1) * step;
  return { start, end: last - offset, step };
}

/** Matchers for the storage: the name first. */
function orderedMatchers({ matchers, name }: VectorSelector): readonly Matcher[] {
  return name === '' ? matchers : [matchers[matchers.length - 1], ...matchers.slice(0, -1)];
}

/** The time of the first selector under a node, in the order of the text, seen from the node. */
function firstSelectorTime(node: PlanNode): ResolvedTime | undefined {
  switch (node.kind) {
    case 'number':
    case 'string':
      return undefined;
    case 'selector':
      return { offset: node.offset, at: node.at };
    case 'matrix':
      return firstSelectorTime(node.selector);
    case 'subquery': {
      const inner = firstSelectorTime(node.expr);
      if (inner === undefined || inner.at !== undefined) return inner;
      return { offset: inner.offset + node.offset, at: node.at };
    }
    case 'unary':
    case 'step_invariant':
      return firstSelectorTime(node.expr);
    case 'aggregation':
      return firstSelectorTime(node.expr) ?? (node.param && firstSelectorTime(node.param));
    case 'binary':
      return firstSelectorTime(node.lhs) ?? firstSelectorTime(node.rhs);
    case 'call':
      return node.args.map(firstSelectorTime).find((time) => time !== undefined);
  }
}
