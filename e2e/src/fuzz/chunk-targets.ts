import { SampleColumns, type FloatHistogram, type Histogram } from '@tsanos/model';
import {
  Aggr,
  decodeChunk,
  Encoding,
  encodeXor,
  encodeXor2,
  HistogramAppender,
  parseAggrChunk,
  writeAggrChunk,
} from '@tsanos/series';
import { mutate } from '@tsanos/tsdb/testing';
import { randomBytes } from './mangle.ts';
import type { FuzzTarget } from './run-target.ts';

/** The readers of chunk bodies, one for each encoding. */
export function chunkTargets(): FuzzTarget[] {
  const { t, w, st, n } = someSamples();
  const xor = encodeXor(t, w, 0, n);
  return [
    chunkTarget('chunk XOR', Encoding.XOR, xor),
    chunkTarget('chunk XOR2', Encoding.XOR2, encodeXor2(t, w, st, 0, n)),
    chunkTarget('chunk histogram', Encoding.HISTOGRAM, histogramChunk('int', false)),
    chunkTarget('chunk float histogram', Encoding.FLOAT_HISTOGRAM, histogramChunk('float', false)),
    chunkTarget('chunk histogram ST', Encoding.HISTOGRAM_ST, histogramChunk('int', true)),
    chunkTarget('chunk float histogram ST', Encoding.FLOAT_HISTOGRAM_ST, histogramChunk('float', true)),
    aggregateTarget(xor),
  ];
}

function chunkTarget(name: string, encoding: number, good: Uint8Array): FuzzTarget {
  return {
    name,
    input: (roll) => {
      if (roll(4) > 0) return mutate(good, roll);
      const bytes = randomBytes(roll);
      // With a believable count of samples the reader goes further.
      if (bytes.length >= 2) bytes.set([roll(8), roll(256)]);
      return bytes;
    },
    read: (bytes) => {
      decodeChunk(bytes, 0, bytes.length, encoding, -Infinity, Infinity, new SampleColumns(1));
    },
  };
}

function aggregateTarget(xor: Uint8Array): FuzzTarget {
  const body = { encoding: Encoding.XOR, bytes: xor };
  const good = writeAggrChunk({ [Aggr.COUNT]: body, [Aggr.SUM]: body, [Aggr.COUNTER]: body });
  return {
    name: 'chunk of aggregates',
    input: (roll) => (roll(4) > 0 ? mutate(good, roll) : randomBytes(roll)),
    read: (bytes) => {
      for (const { offset, length, encoding } of parseAggrChunk(bytes)) {
        decodeChunk(bytes, offset, length, encoding, -Infinity, Infinity, new SampleColumns(1));
      }
    },
  };
}

function someSamples(): { t: Float64Array; w: Int32Array; st: Float64Array; n: number } {
  const n = 60;
  const v = Float64Array.from({ length: n }, (_, i) => (i % 7 === 0 ? i : Math.sqrt(i)));
  return {
    t: Float64Array.from({ length: n }, (_, i) => 1.7e12 + i * 15_000 + (i % 3)),
    w: new Int32Array(v.buffer),
    st: Float64Array.from({ length: n }, (_, i) => (i > 20 ? 1.7e12 - 7 : 0)),
    n,
  };
}

function histogramChunk(kind: 'int' | 'float', startTimes: boolean): Uint8Array {
  const appender = new HistogramAppender(kind, { startTimes });
  const sum = new Uint32Array(2);
  for (let i = 0; i < 12; i++) {
    new DataView(sum.buffer).setFloat64(0, i * 1.5, true);
    appender.append({
      t: i * 15_000,
      st: i % 3,
      sumHi: sum[1] | 0,
      sumLo: sum[0] | 0,
      histogram: someHistogram(kind, i),
    });
  }
  return appender.finish()[0].bytes;
}

/** Three buckets that grow with `i`. */
function someHistogram(kind: 'int' | 'float', i: number): Histogram | FloatHistogram {
  const counts = [i, 2 * i, 3 * i];
  const values = kind === 'int' ? [i, i, i] : counts;
  return {
    counterResetHint: 'unknown',
    schema: 2,
    zeroThreshold: 0.001,
    zeroCount: i,
    count: i + 6 * i,
    sum: 0,
    positiveSpans: [
      { offset: -3, length: 1 },
      { offset: 2, length: 2 },
    ],
    negativeSpans: [],
    positiveBuckets: Float64Array.from(values),
    negativeBuckets: new Float64Array(0),
    customValues: undefined,
  };
}
