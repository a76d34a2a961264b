import { STALE_HI, STALE_LO, type FloatHistogram, type Histogram, type Span } from '@tsanos/model';
import { bucketIndexes, bucketsReset, matchBuckets, spansOfIndexes, spreadBuckets } from './bucket-map.ts';
import { encodeHistogramChunk, isStaleHistogram, type ChunkHistogram } from './histogram-encode.ts';
import type { ChunkResetHint } from './histogram-header.ts';
import { EMPTY_LAYOUT, type HistogramLayout } from './histogram-layout.ts';

/** What an append did: put the sample in the chunk, after giving the chunk a new layout, or into a new chunk. */
export type HistogramStep = 'appended' | 'recoded' | 'new-chunk';

/** A histogram to be appended. The words of its sum are given beside it, so that stale markers keep their bits. */
export interface HistogramSample {
  t: number | bigint;
  /** Start timestamp, 0 = unknown; stored only by writers with start timestamps. */
  st?: number | bigint;
  sumHi: number;
  sumLo: number;
  histogram: Histogram | FloatHistogram;
}

/** A finished chunk. */
export interface WrittenChunk {
  bytes: Uint8Array<ArrayBuffer>;
  count: number;
  mint: number;
  maxt: number;
}

/**
 * Appends histograms of one kind to chunks with Prometheus' rules of what fits into the current chunk, when it is laid out
 * anew, when the next chunk begins, and with which counter-reset flag. Never cuts by size or time: `cut` does.
 */
export class HistogramAppender {
  readonly #float: boolean;
  readonly #st: boolean;
  readonly #done: WrittenChunk[] = [];
  #chunk: OpenChunk | undefined;
  /** The chunk that was cut, for the reset flag of the next one. */
  #cut: OpenChunk | undefined;

  /** For float or integer histograms, with or without start timestamps. Integer ones must have counts below 2^53. */
  constructor(kind: 'float' | 'int', options: { startTimes?: boolean } = {}) {
    this.#float = kind === 'float';
    this.#st = options.startTimes ?? false;
  }

  /** Samples in the current chunk. */
  get count(): number {
    return this.#chunk?.samples.length ?? 0;
  }

  append(sample: HistogramSample): HistogramStep {
    const incoming = new Incoming(sample, this.#float);
    const chunk = this.#chunk;
    if (chunk === undefined) {
      this.#chunk = new OpenChunk(incoming, this.#firstHint(incoming));
      return 'new-chunk';
    }
    const verdict = incoming.gauge ? chunk.judgeGauge(incoming) : chunk.judgeCounter(incoming, this.#float);
    if (!verdict.fits) {
      this.#finish(chunk);
      this.#chunk = new OpenChunk(incoming, verdict.hint);
      return 'new-chunk';
    }
    return chunk.take(incoming) ? 'recoded' : 'appended';
  }

  /** Ends the current chunk; the next sample begins one, whose flag says how it follows this one. */
  cut(): void {
    if (this.#chunk === undefined) return;
    this.#cut = this.#chunk;
    this.#finish(this.#chunk);
    this.#chunk = undefined;
  }

  /** All chunks so far, the current one included. */
  finish(): WrittenChunk[] {
    if (this.#chunk !== undefined) this.#finish(this.#chunk);
    this.#chunk = undefined;
    return this.#done;
  }

  #firstHint(incoming: Incoming): ChunkResetHint {
    if (incoming.gauge) return 'gauge';
    if (incoming.hint === 'reset') return 'reset';
    if (this.#cut === undefined) return 'unknown';
    const { hint } = this.#cut.judgeCounter(incoming, this.#float);
    return this.#float && hint !== 'reset' ? 'not_reset' : hint;
  }

  #finish(chunk: OpenChunk): void {
    const { samples } = chunk;
    this.#done.push({
      bytes: encodeHistogramChunk(chunk, this.#float, this.#st),
      count: samples.length,
      mint: Number(samples[0].t),
      maxt: Number(samples[samples.length - 1].t),
    });
  }
}

/** A histogram to be appended, with its buckets as indexes and absolute counts. */
class Incoming {
  readonly sample: ChunkHistogram;
  readonly stale: boolean;
  readonly gauge: boolean;
  readonly hint: ChunkResetHint;
  readonly layout: HistogramLayout;
  readonly positive: number[];
  readonly negative: number[];

  constructor({ t, st, sumHi, sumLo, histogram: h }: HistogramSample, float: boolean) {
    this.stale = sumHi === STALE_HI && sumLo === STALE_LO;
    this.hint = h.counterResetHint;
    this.gauge = this.hint === 'gauge';
    this.layout = this.stale ? EMPTY_LAYOUT : h;
    this.positive = bucketIndexes(this.layout.positiveSpans);
    this.negative = bucketIndexes(this.layout.negativeSpans);
    const counts = (buckets: Float64Array): Float64Array => (float ? buckets : absolute(buckets));
    this.sample = {
      t,
      st: st ?? 0,
      count: this.stale ? 0 : h.count,
      zeroCount: this.stale ? 0 : h.zeroCount,
      sumHi,
      sumLo,
      positive: this.stale ? new Float64Array(0) : counts(h.positiveBuckets),
      negative: this.stale ? new Float64Array(0) : counts(h.negativeBuckets),
    };
  }
}

interface Verdict {
  fits: boolean;
  /** The flag of the new chunk if it does not fit; how the sample follows if it does. */
  hint: ChunkResetHint;
}

/** A chunk that samples are appended to. */
class OpenChunk {
  readonly hint: ChunkResetHint;
  layout: HistogramLayout;
  readonly samples: ChunkHistogram[];
  #positive: number[];
  #negative: number[];

  constructor(first: Incoming, hint: ChunkResetHint) {
    this.hint = hint;
    const { schema, zeroThreshold, positiveSpans, negativeSpans, customValues } = first.layout;
    this.layout = { schema, zeroThreshold, positiveSpans, negativeSpans, customValues };
    this.samples = [first.sample];
    this.#positive = first.positive;
    this.#negative = first.negative;
  }

  get #last(): ChunkHistogram {
    return this.samples[this.samples.length - 1];
  }

  /** Prometheus' tests, in its order, for a histogram that is not a gauge. */
  judgeCounter(h: Incoming, float: boolean): Verdict {
    const no = (hint: ChunkResetHint): Verdict => ({ fits: false, hint });
    const last = this.#last;
    if (this.hint === 'gauge') return no(float ? 'unknown' : 'not_reset');
    if (h.hint === 'reset') return no('reset');
    if (h.stale) return { fits: true, hint: 'not_reset' };
    if (isStaleHistogram(last)) return no('unknown');
    if (h.sample.count < last.count) return no('reset');
    if (h.layout.schema !== this.layout.schema || h.layout.zeroThreshold !== this.layout.zeroThreshold)
      return no('unknown');
    if (!sameBounds(h.layout.customValues, this.layout.customValues)) return no('reset');
    if (h.sample.zeroCount < last.zeroCount) return no('reset');
    if (bucketsReset(this.#positive, last.positive, h.positive, h.sample.positive)) return no('reset');
    if (bucketsReset(this.#negative, last.negative, h.negative, h.sample.negative)) return no('reset');
    return { fits: true, hint: 'not_reset' };
  }

  judgeGauge(h: Incoming): Verdict {
    const fits =
      this.hint === 'gauge' &&
      (h.stale ||
        (!isStaleHistogram(this.#last) &&
          h.layout.schema === this.layout.schema &&
          h.layout.zeroThreshold === this.layout.zeroThreshold &&
          sameBounds(h.layout.customValues, this.layout.customValues)));
    return { fits, hint: 'gauge' };
  }

  /** Appends a histogram that fits; returns whether the samples before it were laid out anew. */
  take(h: Incoming): boolean {
    if (h.stale) {
      this.samples.push(h.sample);
      return false;
    }
    const positive = matchBuckets(this.#positive, h.positive);
    const negative = matchBuckets(this.#negative, h.negative);
    const recode = positive.adds || negative.adds;
    if (recode) {
      // Spans stay as the histogram has them unless they have to take in buckets of the chunk.
      const spans = (own: readonly Span[], match: { lacks: boolean; merged: number[] }): readonly Span[] =>
        match.lacks || (h.gauge && (positive.lacks || negative.lacks)) ? spansOfIndexes(match.merged) : own;
      this.layout = {
        ...this.layout,
        positiveSpans: spans(h.layout.positiveSpans, positive),
        negativeSpans: spans(h.layout.negativeSpans, negative),
      };
      for (const sample of this.samples) {
        if (isStaleHistogram(sample)) continue;
        sample.positive = spreadBuckets(this.#positive, sample.positive, positive.merged);
        sample.negative = spreadBuckets(this.#negative, sample.negative, negative.merged);
      }
      this.#positive = positive.merged;
      this.#negative = negative.merged;
    }
    h.sample.positive = spreadBuckets(h.positive, h.sample.positive, this.#positive);
    h.sample.negative = spreadBuckets(h.negative, h.sample.negative, this.#negative);
    this.samples.push(h.sample);
    return recode;
  }
}

function sameBounds(a: Float64Array | undefined, b: Float64Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

function absolute(deltas: Float64Array): Float64Array {
  let sum = 0;
  return deltas.map((delta) => (sum += delta));
}
