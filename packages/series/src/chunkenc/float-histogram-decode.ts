import { STALE_HI, STALE_LO, type SampleColumns } from '@tsanos/model';
import { Encoding } from '../series-batch.ts';
import { BitReader, EndOfChunk } from './bit-reader.ts';
import { corruptChunk } from './chunk-error.ts';
import { Clock } from './clock.ts';
import { appendHistogram, plainHistogram, staleHistogram } from './histogram-decode.ts';
import { readHistogramHeader, sampleHint } from './histogram-header.ts';
import { bucketCount, floatOfWords, readLayout } from './histogram-layout.ts';
import { setStartTime } from './set-start-time.ts';
import { readVarbitInt } from './varbit.ts';
import { XorValueReader } from './xor-value.ts';

/**
 * Appends the samples of a float histogram chunk (Prometheus' encodings 3 and, with `st`, 6) to `out`. Throws (kind
 * corrupt) after the good samples.
 */
export function decodeFloatHistograms(
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
    const layout = readLayout(r, 64);
    const positive = bucketCount(layout.positiveSpans);
    const time = new Clock();
    const total = new XorValueReader();
    const zero = new XorValueReader();
    const sum = new XorValueReader();
    const buckets = Array.from({ length: positive + bucketCount(layout.negativeSpans) }, () => new XorValueReader());
    const read = (value: XorValueReader): void => (done === 0 ? value.first(r) : value.next(r));
    for (; done < count; done++) {
      const before = Number.isSafeInteger(time.value) ? time.value : time.big();
      readVarbitInt(r);
      if (done === 0) time.start(r.hi, r.lo);
      else time.step(r.hi, r.lo);
      read(total);
      read(zero);
      read(sum);
      const stale = sum.hi === STALE_HI && sum.lo === STALE_LO;
      if (!stale) for (const bucket of buckets) read(bucket);
      start.read(r, done, time, before);
      const histogram = stale
        ? staleHistogram()
        : plainHistogram({
            ...layout,
            counterResetHint: sampleHint(hint, done),
            zeroCount: floatOfWords(zero.hi, zero.lo),
            count: floatOfWords(total.hi, total.lo),
            sum: floatOfWords(sum.hi, sum.lo),
            positiveBuckets: floats(buckets, 0, positive),
            negativeBuckets: floats(buckets, positive, buckets.length),
          });
      appendHistogram(out, time.value, sum, histogram);
      setStartTime(out, out.n - 1, start.value);
    }
  } catch (error) {
    if (error instanceof EndOfChunk)
      throw corruptChunk(st ? Encoding.FLOAT_HISTOGRAM_ST : Encoding.FLOAT_HISTOGRAM, 'ends', done, length);
    throw error;
  }
}

function floats(buckets: readonly XorValueReader[], from: number, to: number): Float64Array {
  const counts = new Float64Array(to - from);
  const words = new Int32Array(counts.buffer);
  for (let i = from; i < to; i++) {
    words[2 * (i - from)] = buckets[i].lo;
    words[2 * (i - from) + 1] = buckets[i].hi;
  }
  return counts;
}
