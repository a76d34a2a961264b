import { sameBounds, usesCustomBuckets } from './histogram-bounds.ts';
import type { FloatHistogram, Span } from './histogram.ts';

/** Exact equality as Prometheus has it: layout with its empty buckets, and every number by its bits. Hints do not count. */
export function equalHistograms(a: FloatHistogram, b: FloatHistogram): boolean {
  if (a === b) return true;
  if (a.schema !== b.schema || !Object.is(a.count, b.count) || !Object.is(a.sum, b.sum)) return false;
  if (usesCustomBuckets(a) && !sameBounds(a.customValues, b.customValues)) return false;
  if (a.zeroThreshold !== b.zeroThreshold || !Object.is(a.zeroCount, b.zeroCount)) return false;
  return (
    equalSpans(a.negativeSpans, b.negativeSpans) &&
    equalCounts(a.negativeBuckets, b.negativeBuckets) &&
    equalSpans(a.positiveSpans, b.positiveSpans) &&
    equalCounts(a.positiveBuckets, b.positiveBuckets)
  );
}

function equalCounts(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Empty spans only move the next one. */
export function equalSpans(a: readonly Span[], b: readonly Span[]): boolean {
  if (a === b) return true;
  const x = withoutEmpty(a);
  const y = withoutEmpty(b);
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (x[i].offset !== y[i].offset || x[i].length !== y[i].length) return false;
  return true;
}

function withoutEmpty(spans: readonly Span[]): readonly Span[] {
  if (spans.every((span) => span.length > 0)) return spans;
  const out: Span[] = [];
  let moved = 0;
  for (const span of spans) {
    if (span.length === 0) moved += span.offset;
    else {
      out.push({ offset: span.offset + moved, length: span.length });
      moved = 0;
    }
  }
  return out;
}
