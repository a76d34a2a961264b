import type { Expr } from '../parser/ast.ts';
import { type PlanOptions, buildPlan } from './build.ts';
import { foldConstants } from './fold-constants.ts';
import { markInvariant } from './mark-invariant.ts';
import { mergeSelections } from './merge-selections.ts';
import type { QueryPlan } from './nodes.ts';
import { projectLabels } from './project-labels.ts';
import { propagateMatchers } from './propagate-matchers.ts';

/** Options of the passes, beside those of the query. */
export interface PlannerOptions extends PlanOptions {
  /** The data holds no downsampled chunks, so that selectors under different functions can share what they read. */
  readonly rawOnly?: boolean;
}

/**
 * The plan of a query: built as written, then improved pass by pass. Every pass is a pure function from plan to plan that
 * leaves answers, errors and annotations as they are. Throws a TsanosError of kind bad-input for durations that cannot be.
 *
 * @param text the query as parsed, to which positions refer
 */
export function planQuery(expr: Expr, text: string, options: PlannerOptions): QueryPlan {
  const built = buildPlan(expr, text, options);
  const marked = markInvariant(foldConstants(built));
  return mergeSelections(propagateMatchers(projectLabels(marked)), options.rawOnly);
}
