import { STALE_HI, STALE_LO, type FloatHistogram, type SampleColumns } from '@tsanos/model';
import { setHistogram } from '../readers/columns-ops.ts';
import { Encoding } from '../series-batch.ts';
import { BitReader, EndOfChunk } from './bit-reader.ts';
import { corruptChunk } from './chunk-error.ts';
import { Clock } from './clock.ts';
import { readHistogramHeader, sampleHint } from './histogram-header.ts';
import { CUSTOM_BUCKETS, EMPTY_LAYOUT, bucketCount, floatOfWords, readLayout } from './histogram-layout.ts';
import { setStartTime } from './set-start-time.ts';
import { readVarbitInt, readVarbitUint } from './varbit.ts';
import { XorValueReader } from './xor-value.ts';

/**
 * Appends the samples of an integer histogram chunk (Prometheus' encodings 2 and, with `st`, 5) to `out`, in float form
 * with absolute counts. Throws (kind corrupt) after the good samples.
 */
export function decodeHistograms(
  buf: Uint8Array,
  offset: number,
  length: number,
  st: boolean,
  out: SampleColumns,
): void {
  const r = new BitReader(buf, offset, length);
  let done = 0;
  try {
    const { count, hint, start } = readHistogramHeader(r, st);
    if (count === 0) return;
    const layout = readLayout(r, 1);
    const positive = bucketCount(layout.positiveSpans);
    const time = new Clock();
    const total = new Clock();
    const zero = new Clock();
    const sum = new XorValueReader();
    const buckets = Array.from({ length: positive + bucketCount(layout.negativeSpans) }, () => new Clock());
    for (; done < count; done++) {
      const before = Number.isSafeInteger(time.value) ? time.value : time.big();
      if (done === 0) {
        first(r, time, readVarbitInt);
        first(r, total, readVarbitUint);
        first(r, zero, readVarbitUint);
        sum.first(r);
      } else {
        next(r, time);
        next(r, total);
        next(r, zero);
        sum.next(r);
      }
      const stale = sum.hi === STALE_HI && sum.lo === STALE_LO;
      if (!stale) {
        for (const bucket of buckets) {
          if (done === 0) first(r, bucket, readVarbitInt);
          else next(r, bucket);
        }
      }
      start.read(r, done, time, before);
      const histogram = stale
        ? staleHistogram()
        : plainHistogram({
            ...layout,
            counterResetHint: sampleHint(hint, done),
            zeroCount: unsigned(zero),
            count: unsigned(total),
            sum: floatOfWords(sum.hi, sum.lo),
            positiveBuckets: absolute(buckets, 0, positive),
            negativeBuckets: absolute(buckets, positive, buckets.length),
          });
      appendHistogram(out, time.value, sum, histogram);
      setStartTime(out, out.n - 1, start.value);
    }
  } catch (error) {
    if (error instanceof EndOfChunk)
      throw corruptChunk(st ? Encoding.HISTOGRAM_ST : Encoding.HISTOGRAM, 'ends', done, length);
    throw error;
  }
}

function first(r: BitReader, clock: Clock, read: (r: BitReader) => void): void {
  read(r);
  clock.start(r.hi, r.lo);
}

function next(r: BitReader, clock: Clock): void {
  readVarbitInt(r);
  clock.step(r.hi, r.lo);
}

/** Counts are unsigned. */
function unsigned(clock: Clock): number {
  return clock.value >= 0 ? clock.value : Number(BigInt.asUintN(64, clock.big()));
}

/** Running sums of bucket deltas. */
function absolute(buckets: readonly Clock[], from: number, to: number): Float64Array {
  const counts = new Float64Array(to - from);
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += buckets[i].value;
    if (!Number.isSafeInteger(sum)) return absoluteExact(buckets, from, to);
    counts[i - from] = sum;
  }
  return counts;
}

function absoluteExact(buckets: readonly Clock[], from: number, to: number): Float64Array {
  let sum = 0n;
  return Float64Array.from(buckets.slice(from, to), (bucket) => Number((sum = BigInt.asIntN(64, sum + bucket.big()))));
}

/** What a stale marker among histograms reads as. */
export function staleHistogram(): FloatHistogram {
  return {
    ...EMPTY_LAYOUT,
    counterResetHint: 'unknown',
    zeroCount: 0,
    count: 0,
    sum: Number.NaN,
    positiveBuckets: new Float64Array(0),
    negativeBuckets: new Float64Array(0),
  };
}

/** Histograms with custom buckets have no zero bucket and no negative ones, whatever a damaged chunk says. */
export function plainHistogram(h: FloatHistogram): FloatHistogram {
  if (h.schema !== CUSTOM_BUCKETS) return h;
  return { ...h, zeroThreshold: 0, zeroCount: 0, negativeSpans: [], negativeBuckets: new Float64Array(0) };
}

/** Appends a histogram sample; the bits of its sum are those of `sum`. */
export function appendHistogram(
  out: SampleColumns,
  t: number,
  sum: { hi: number; lo: number },
  histogram: FloatHistogram,
): void {
  out.reserve(1);
  const n = out.n++;
  out.t[n] = t;
  out.w[2 * n] = sum.lo;
  out.w[2 * n + 1] = sum.hi;
  setHistogram(out, n, histogram);
}
