import type { PositionRange } from '../parser/ast.ts';
import type { Query } from './query.ts';

/** What a range function knows besides its window. */
export interface RangeEnv {
  readonly query: Query;
  /** Position of the call's first argument; annotations about samples point to it. */
  readonly argPos: PositionRange;
  /** Scalar arguments in their order, one value a step. */
  readonly scalars: readonly Float64Array[];
  /** Name of the series at hand, '' when it has none. */
  metricName(): string;
  /** Value of another label of the series at hand. */
  label(name: string): string;
  /** Evaluation time of a step in ms. */
  stepTime(step: number): number;
}
