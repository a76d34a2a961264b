import { type FloatHistogram, type Span, formatFloatG } from '@tsanos/model';

/** A histogram in the notation of test scripts, `{{schema:1 count:3 buckets:[1 2]}}`; what is zero is left out. */
export function histogramNotation(h: FloatHistogram): string {
  const out: string[] = [];
  if (h.schema !== 0) out.push(`schema:${h.schema}`);
  if (h.count !== 0) out.push(`count:${formatFloatG(h.count)}`);
  if (h.sum !== 0) out.push(`sum:${formatFloatG(h.sum)}`);
  const custom = h.schema === -53;
  if (!custom && h.zeroCount !== 0) out.push(`z_bucket:${formatFloatG(h.zeroCount)}`);
  if (!custom && h.zeroThreshold !== 0) out.push(`z_bucket_w:${formatFloatG(h.zeroThreshold)}`);
  if (custom) out.push(`custom_values:[${numbers(h.customValues ?? [])}]`);
  if (h.counterResetHint !== 'unknown') out.push(`counter_reset_hint:${h.counterResetHint}`);
  pushBuckets(out, '', h.positiveSpans, h.positiveBuckets);
  pushBuckets(out, 'n_', h.negativeSpans, h.negativeBuckets);
  return `{{${out.join(' ')}}}`;
}

const numbers = (list: Iterable<number>): string => Array.from(list, formatFloatG).join(' ');

function pushBuckets(out: string[], prefix: string, spans: readonly Span[], buckets: Float64Array): void {
  const { offset, counts } = oneSpan(spans, buckets);
  if (counts.length === 0) return;
  if (offset !== 0) out.push(`${prefix}offset:${offset}`);
  out.push(`${prefix}buckets:[${numbers(counts)}]`);
}

/** All buckets as one run, gaps filled with zeros, zeros at the ends cut. */
function oneSpan(spans: readonly Span[], buckets: Float64Array): { offset: number; counts: number[] } {
  const counts: number[] = [];
  let offset = 0;
  let at = 0;
  spans.forEach((span, i) => {
    if (i === 0) offset = span.offset;
    else for (let gap = 0; gap < span.offset && counts.length < 10_000; gap++) counts.push(0);
    for (let j = 0; j < span.length; j++) counts.push(buckets[at++]);
  });
  while (counts.length > 0 && counts[0] === 0) {
    counts.shift();
    offset++;
  }
  while (counts.length > 0 && counts[counts.length - 1] === 0) counts.pop();
  return { offset, counts };
}
