import type { ResolvedTime } from './nodes.ts';

/** What a selector's ancestors say about it. */
export interface SelectorPath {
  /** Nearest function or aggregation above, '' behind a binary operation. */
  readonly func: string;
  /** Grouping of an aggregation directly above. */
  readonly grouping: readonly string[];
  readonly by: boolean;
  /** Offsets and ranges of the subqueries above, from the outermost or the last one with `@`. */
  readonly subqueryOffset: number;
  readonly subqueryRange: number;
  readonly subqueryAt: number | undefined;
  /** Step of the innermost subquery, 0 when none. */
  readonly subqueryStep: number;
  /** Below `histogram_count`, `histogram_sum` or `histogram_avg`. */
  readonly stats: boolean;
  /** Below something that needs whole histograms. */
  readonly whole: boolean;
}

export const ROOT_PATH: SelectorPath = {
  func: '',
  grouping: [],
  by: false,
  subqueryOffset: 0,
  subqueryRange: 0,
  subqueryAt: undefined,
  subqueryStep: 0,
  stats: false,
  whole: false,
};

/** How far a selector looks around its reference time. */
export interface SelectorWindow {
  /** Of a matrix selector, else 0. */
  readonly range: number;
  readonly lookback: number;
  readonly anchored: boolean;
  readonly smoothed: boolean;
}

/**
 * First and last time, inclusive, that a selector can need: the query's times moved by the modifiers of the subqueries
 * above and its own, widened by its window. Windows are left-open, hence the one ms.
 */
export function selectionTimes(
  query: { readonly start: number; readonly end: number },
  { offset, at }: ResolvedTime,
  { range, lookback, anchored, smoothed }: SelectorWindow,
  path: SelectorPath,
): { mint: number; maxt: number } {
  let mint = path.subqueryAt ?? query.start;
  let maxt = path.subqueryAt ?? query.end;
  if (at !== undefined) {
    mint = at;
    maxt = at;
  } else {
    mint -= path.subqueryOffset + path.subqueryRange;
    maxt -= path.subqueryOffset;
  }
  mint -= (range === 0 ? lookback : range) - 1 + offset;
  maxt -= offset;
  if (range !== 0 && (anchored || smoothed)) mint -= lookback;
  if (smoothed) maxt += lookback;
  return { mint, maxt };
}
