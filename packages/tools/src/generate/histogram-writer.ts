import { STALE_HI, STALE_LO, type Histogram, type Span } from '@tsanos/model';
import { Encoding, HistogramAppender } from '@tsanos/series';
import type { BlockChunk } from '@tsanos/tsdb';
import type { Scrapes } from './scrapes.ts';
import { eventsAfter } from './signals.ts';

/** Samples a chunk of histograms has: about as many as Prometheus puts into a kibibyte. */
const CHUNK_SAMPLES = 40;
/** Buckets whose bounds are powers of the square root of 2, around 60 ms. */
const SCHEMA = 1;
const SPANS: readonly Span[] = [{ offset: -14, length: 13 }];
const SHARES = [0.002, 0.006, 0.02, 0.06, 0.12, 0.18, 0.21, 0.17, 0.11, 0.06, 0.04, 0.015, 0.007] as const;
const MEAN_SECONDS = 0.061;
/** Prometheus' client libraries put what is nearer to zero into the zero bucket. */
const ZERO_THRESHOLD = 2 ** -128;

const words = new Int32Array(2);
const value = new Float64Array(words.buffer);

/** Chunks of a native histogram of latencies that counts `perSecond` events; a stale marker where the target begins to fail. */
export function histogramChunks(scrapes: Scrapes, perSecond: number, phase: number, startMs: number): BlockChunk[] {
  const appender = new HistogramAppender('int');
  let failing = false;
  for (let i = 0; i < scrapes.n; i++) {
    const failed = scrapes.failed[i] === 1;
    const skip = failed && failing;
    failing = failed;
    if (skip) continue;
    const t = scrapes.t[i];
    const events = eventsAfter((t - startMs) / 1000, perSecond, phase);
    value[0] = Math.round(events * MEAN_SECONDS * 1000) / 1000;
    appender.append({
      t,
      sumLo: failed ? STALE_LO : words[0],
      sumHi: failed ? STALE_HI : words[1],
      histogram: histogramOf(events, value[0]),
    });
    if (appender.count >= CHUNK_SAMPLES) appender.cut();
  }
  return appender.finish().map(({ bytes, mint, maxt }) => ({
    mint,
    maxt,
    encoding: Encoding.HISTOGRAM,
    bytes,
    offset: 0,
    length: bytes.length,
  }));
}

function histogramOf(events: number, sum: number): Histogram {
  const deltas = new Float64Array(SHARES.length);
  let count = 0;
  let before = 0;
  for (let b = 0; b < SHARES.length; b++) {
    const inBucket = Math.floor(events * SHARES[b]);
    deltas[b] = inBucket - before;
    before = inBucket;
    count += inBucket;
  }
  return {
    counterResetHint: 'unknown',
    schema: SCHEMA,
    zeroThreshold: ZERO_THRESHOLD,
    zeroCount: 0,
    count,
    sum,
    positiveSpans: SPANS,
    negativeSpans: [],
    positiveBuckets: deltas,
    negativeBuckets: new Float64Array(0),
    customValues: undefined,
  };
}
