import { formatGoDuration } from '@tsanos/model';
import type { OperatorAnalysis, OperatorTree } from '@tsanos/promql';

/** What Thanos says when the operators of its other engine are asked for. */
export const NOT_ANALYZABLE = "Query not analyzable; change engine to 'thanos'.";

/** `data` of `query_explain`: our operators in Thanos' form, which leaves `children` out where there are none. */
export function explainJson(tree: OperatorTree): string {
  return JSON.stringify(explained(tree));
}

function explained({ name, children }: OperatorTree): object {
  return children.length === 0 ? { name } : { name, children: children.map(explained) };
}

/**
 * `analysis` of a query's answer in Thanos' form; `series`, the rows that came out of an operator, is ours. Times include
 * those of the children. Zeros are left out.
 */
export function analysisJson(analysis: OperatorAnalysis | undefined): string {
  return analysis === undefined ? '{}' : JSON.stringify(analysed(analysis));
}

function analysed({ name, executionMs, series, samples, children }: OperatorAnalysis): object {
  return {
    name,
    executionTime: formatGoDuration(Math.round(executionMs * 1e6) / 1e6),
    ...(series === 0 ? {} : { series }),
    ...(samples === 0 ? {} : { totalSamples: samples }),
    ...(children.length === 0 ? {} : { children: children.map(analysed) }),
  };
}
