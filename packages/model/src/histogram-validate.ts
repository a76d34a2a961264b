import { CUSTOM_SCHEMA, MAX_SCHEMA, MIN_SCHEMA, usesCustomBuckets } from './histogram-bounds.ts';
import type { FloatHistogram, Histogram, Span } from './histogram.ts';
import { formatFloatG, formatFloatFixed } from './number-text.ts';

const NEGATIVE_BUCKET = 'histogram has a bucket whose observation count is negative';
const NEGATIVE_OFFSET = 'histogram has a span whose offset is negative';
const SPANS_MISMATCH = 'histogram spans specify different number of buckets than provided';

/** Prometheus' complaint about a float histogram; undefined when it is fine. */
export function validateFloatHistogram(h: FloatHistogram): string | undefined {
  const sides = checkSides(h, false);
  if (sides !== undefined) return sides;
  if (!usesCustomBuckets(h) && h.zeroCount < 0)
    return `zero bucket has observation count of ${formatFloatG(h.zeroCount)}: ${NEGATIVE_BUCKET}`;
  const bounds = checkNoBounds(h);
  if (bounds !== undefined) return bounds;
  if (h.count < 0) return `observation count is  ${formatFloatG(h.count)}: histogram's observation count is negative`;
  return prefixed('positive side', checkCounts(h.positiveBuckets, false));
}

/** The same for integer counts, which must also add up. */
export function validateHistogram(h: Histogram): string | undefined {
  const sides =
    checkSides(h, true) ?? checkNoBounds(h) ?? prefixed('positive side', checkCounts(h.positiveBuckets, true));
  if (sides !== undefined) return sides;
  const found = total(h.positiveBuckets) + total(h.negativeBuckets) + h.zeroCount;
  const both = `${found} observations found in buckets, but the Count field is ${h.count}: histogram's observation count should`;
  if (Number.isNaN(h.sum))
    return found > h.count ? `${both} be at least the number of observations found in the buckets` : undefined;
  return found === h.count
    ? undefined
    : `${both} equal the number of observations found in the buckets (in absence of NaN)`;
}

type Either = Pick<
  FloatHistogram,
  | 'schema'
  | 'zeroCount'
  | 'zeroThreshold'
  | 'positiveSpans'
  | 'negativeSpans'
  | 'positiveBuckets'
  | 'negativeBuckets'
  | 'customValues'
>;

/** Layouts, and the counts of the negative side. */
function checkSides(h: Either, deltas: boolean): string | undefined {
  if (usesCustomBuckets(h)) {
    const bounds = checkCustomBounds(h.customValues ?? new Float64Array(0), h.positiveSpans, h.positiveBuckets.length);
    if (bounds !== undefined) return `custom buckets: ${bounds}`;
    if (h.zeroCount !== 0) return 'custom buckets: must have zero count of 0';
    if (h.zeroThreshold !== 0) return 'custom buckets: must have zero threshold of 0';
    if (h.negativeSpans.length > 0) return 'custom buckets: must not have negative spans';
    return h.negativeBuckets.length > 0 ? 'custom buckets: must not have negative buckets' : undefined;
  }
  if (h.schema < MIN_SCHEMA || h.schema > MAX_SCHEMA) {
    return `histogram has an invalid schema, which must be between ${MIN_SCHEMA} and ${MAX_SCHEMA} for exponential buckets, or ${CUSTOM_SCHEMA} for custom buckets, got schema ${h.schema}`;
  }
  return (
    prefixed('positive side', checkSpans(h.positiveSpans, h.positiveBuckets.length)) ??
    prefixed('negative side', checkSpans(h.negativeSpans, h.negativeBuckets.length)) ??
    prefixed('negative side', checkCounts(h.negativeBuckets, deltas))
  );
}

function checkNoBounds(h: Either): string | undefined {
  return !usesCustomBuckets(h) && h.customValues !== undefined
    ? 'histogram with exponential schema must not have custom bounds'
    : undefined;
}

function prefixed(prefix: string, message: string | undefined): string | undefined {
  return message === undefined ? undefined : `${prefix}: ${message}`;
}

function checkSpans(spans: readonly Span[], buckets: number): string | undefined {
  let wanted = 0;
  for (const [i, span] of spans.entries()) {
    if (i > 0 && span.offset < 0) return `span number ${i + 1} with offset ${span.offset}: ${NEGATIVE_OFFSET}`;
    wanted += span.length;
  }
  return wanted === buckets ? undefined : `spans need ${wanted} buckets, have ${buckets} buckets: ${SPANS_MISMATCH}`;
}

function checkCounts(buckets: Float64Array, deltas: boolean): string | undefined {
  let last = 0;
  for (let i = 0; i < buckets.length; i++) {
    last = deltas ? last + buckets[i] : buckets[i];
    if (last < 0) return `bucket number ${i + 1} has observation count of ${formatFloatG(last)}: ${NEGATIVE_BUCKET}`;
  }
  return undefined;
}

function checkCustomBounds(bounds: Float64Array, spans: readonly Span[], buckets: number): string | undefined {
  let before = -Infinity;
  for (const [i, bound] of bounds.entries()) {
    if (Number.isNaN(bound)) return 'histogram custom bounds must not be NaN';
    if (i > 0 && bound <= before) {
      return `previous bound is ${formatFloatFixed(before)} and current is ${formatFloatFixed(bound)}: histogram custom bounds must be in strictly increasing order`;
    }
    before = bound;
  }
  if (before === Infinity)
    return 'last +Inf bound must not be explicitly defined: histogram custom bounds must be finite';
  let wanted = 0;
  let end = 0;
  for (const [i, span] of spans.entries()) {
    if (span.offset < 0) return `span number ${i + 1} with offset ${span.offset}: ${NEGATIVE_OFFSET}`;
    wanted += span.length;
    end += span.length + span.offset;
  }
  if (wanted !== buckets) return `spans need ${wanted} buckets, have ${buckets} buckets: ${SPANS_MISMATCH}`;
  if (bounds.length + 1 < end) {
    return `only ${bounds.length} custom bounds defined which is insufficient to cover total span length of ${end}: histogram custom bounds are too few`;
  }
  return undefined;
}

function total(deltas: Float64Array): number {
  let last = 0;
  let sum = 0;
  for (const delta of deltas) sum += last += delta;
  return sum;
}
