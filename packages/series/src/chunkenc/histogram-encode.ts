import { STALE_HI, STALE_LO } from '@tsanos/model';
import { BitWriter } from './bit-writer.ts';
import { DeltaWriter } from './delta-writer.ts';
import { hintBits, type ChunkResetHint } from './histogram-header.ts';
import { writeLayout, type HistogramLayout } from './histogram-layout.ts';
import { StartTimeWriter } from './start-times.ts';
import { writeVarbitInt, writeVarbitUint } from './varbit.ts';
import { XorValueWriter } from './xor-value.ts';

/** A histogram as a chunk stores it. */
export interface ChunkHistogram {
  t: number | bigint;
  /** Start timestamp, 0 = unknown. */
  st: number | bigint;
  count: number;
  zeroCount: number;
  /** The words of the sum; a stale marker has nothing but those. */
  sumHi: number;
  sumLo: number;
  /** Absolute counts by the buckets of the layout. */
  positive: Float64Array;
  negative: Float64Array;
}

/** Whether a sample is a stale marker. */
export function isStaleHistogram(h: ChunkHistogram): boolean {
  return h.sumHi === STALE_HI && h.sumLo === STALE_LO;
}

/** The parts of a histogram chunk that do not depend on how numbers are stored. */
export interface HistogramChunk {
  hint: ChunkResetHint;
  layout: HistogramLayout;
  samples: readonly ChunkHistogram[];
}

/** One chunk of integer (`float` false) or float histograms, with start timestamps when `st`; Prometheus' bytes. Fresh array. */
export function encodeHistogramChunk(
  { hint, layout, samples }: HistogramChunk,
  float: boolean,
  st: boolean,
): Uint8Array<ArrayBuffer> {
  const w = new BitWriter();
  if (st) {
    w.bits(hintBits(hint), 2);
    w.bits(samples.length, 14);
    w.bits(0, 8);
  } else {
    w.bits(samples.length, 16);
    w.bits(hintBits(hint) << 6, 8);
  }
  if (samples.length > 0) writeLayout(w, layout);
  const write = float ? floatWriter(w) : intWriter(w);
  const start = new StartTimeWriter();
  samples.forEach((sample, i) => {
    write(sample, i);
    if (st) start.write(w, i, sample.t, sample.st);
  });
  if (st) w.patch(2, start.header);
  return w.finish();
}

type SampleWriter = (sample: ChunkHistogram, i: number) => void;

function intWriter(w: BitWriter): SampleWriter {
  const time = new DeltaWriter();
  const total = new DeltaWriter();
  const zero = new DeltaWriter();
  const sum = new XorValueWriter();
  const buckets: DeltaWriter[] = [];
  const first = (column: DeltaWriter, value: number | bigint): void => {
    column.start(value);
    writeVarbitInt(w, column.hi, column.lo);
  };
  const next = (column: DeltaWriter, value: number | bigint): void => {
    column.dod(value);
    writeVarbitInt(w, column.hi, column.lo);
  };
  return (sample, i) => {
    const stale = isStaleHistogram(sample);
    if (i === 0) {
      first(time, sample.t);
      for (const [column, value] of [
        [total, sample.count],
        [zero, sample.zeroCount],
      ] as const) {
        column.start(value);
        writeVarbitUint(w, column.hi, column.lo);
      }
      sum.first(w, sample.sumHi, sample.sumLo);
    } else {
      next(time, sample.t);
      if (stale) {
        // Counts of a stale marker mean nothing; only stale markers can follow.
        w.bits(0, 2);
      } else {
        next(total, sample.count);
        next(zero, sample.zeroCount);
      }
      sum.next(w, sample.sumHi, sample.sumLo);
    }
    if (stale) return;
    let k = 0;
    for (const counts of [sample.positive, sample.negative]) {
      let before = 0;
      for (const count of counts) {
        const column = (buckets[k++] ??= new DeltaWriter());
        if (i === 0) first(column, count - before);
        else next(column, count - before);
        before = count;
      }
    }
  };
}

function floatWriter(w: BitWriter): SampleWriter {
  const time = new DeltaWriter();
  const total = new XorValueWriter();
  const zero = new XorValueWriter();
  const sum = new XorValueWriter();
  const buckets: XorValueWriter[] = [];
  const head = new Float64Array(2);
  const headWords = new Int32Array(head.buffer);
  return (sample, i) => {
    const put = (column: XorValueWriter, hi: number, lo: number): void =>
      i === 0 ? column.first(w, hi, lo) : column.next(w, hi, lo);
    const stale = isStaleHistogram(sample);
    if (i === 0) time.start(sample.t);
    else time.dod(sample.t);
    writeVarbitInt(w, time.hi, time.lo);
    head[0] = stale ? 0 : sample.count;
    head[1] = stale ? 0 : sample.zeroCount;
    put(total, headWords[1], headWords[0]);
    put(zero, headWords[3], headWords[2]);
    put(sum, sample.sumHi, sample.sumLo);
    if (stale) return;
    let k = 0;
    for (const counts of [sample.positive, sample.negative]) {
      const words = new Int32Array(counts.buffer, counts.byteOffset, counts.length * 2);
      for (let b = 0; b < counts.length; b++)
        put((buckets[k++] ??= new XorValueWriter()), words[2 * b + 1], words[2 * b]);
    }
  };
}
