import { TsanosError } from '@tsanos/bytes';
import { SampleColumns, type FloatHistogram, type Histogram } from '@tsanos/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAggrChunk } from '../downsample/aggr-chunk.ts';
import { Encoding } from '../series-batch.ts';
import { hexAt } from '../testing/golden-samples.ts';
import { decodeWhole } from './decode.ts';
import { HistogramAppender } from './histogram-appender.ts';
import { wordsOf } from './histogram-layout.ts';
import { decodeXorExact } from './xor-decode-exact.ts';
import { decodeXor } from './xor-decode.ts';
import { encodeXorExact } from './xor-encode-exact.ts';
import { encodeXor } from './xor-encode.ts';
import { encodeXor2 } from './xor2-encode.ts';

const scale = Number(process.env.TSANOS_SOAK ?? '0.1');
const seed = Number(process.env.TSANOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = (n: number): { numRuns: number; seed: number } => ({ numRuns: Math.ceil(n * scale), seed });
console.log(`chunk fuzz: TSANOS_SEED=${seed} TSANOS_SOAK=${scale}`);

/** Deltas that reach every width of the time coding. */
const delta = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(15_000, 15_000, 15_001, 14_990) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 2 ** 21 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 18), max: 2 ** 45 }) },
);
const words = fc.tuple(fc.integer(), fc.integer());
const value = fc.oneof(
  { weight: 3, arbitrary: fc.double().map((v) => wordsOf(v)) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 100 }).map((v) => wordsOf(v)) },
  { weight: 1, arbitrary: fc.constant([0x7ff00000, 2] as [number, number]) },
  { weight: 1, arbitrary: words },
);
const startTime = fc.constantFrom(0, 0, 1_000, 2 ** 40);
const samples = fc.tuple(
  fc.integer({ min: -(2 ** 44), max: 2 ** 44 }),
  fc.array(fc.tuple(delta, value, startTime), { maxLength: 260 }),
);

function columnsOf([start, list]: [number, [number, [number, number], number][]]): SampleColumns {
  const out = new SampleColumns(list.length + 1);
  out.st = new Float64Array(list.length + 1);
  let t = start;
  for (const [step, [hi, lo], st] of list) {
    t += step;
    out.t[out.n] = t;
    out.st[out.n] = st;
    out.w.set([lo, hi], 2 * out.n);
    out.n++;
  }
  return out;
}

function textOf(columns: SampleColumns, st = false): string[] {
  return Array.from(
    { length: columns.n },
    (_, i) => `${columns.t[i]} ${hexAt(columns.w, i)} ${st ? (columns.st?.[i] ?? 0) : ''}`,
  );
}

describe('chunks of random samples', () => {
  it('XOR: reads what was written; fast and exact codecs agree, in any place of a buffer', () => {
    fc.assert(
      fc.property(samples, fc.nat(40), fc.nat(40), (input, before, after) => {
        const columns = columnsOf(input);
        const bytes = encodeXor(columns.t, columns.w, 0, columns.n);
        expect(encodeXorExact(Array.from(columns.t), columns.w, 0, columns.n)).toEqual(bytes);
        const buffer = new Uint8Array(before + bytes.length + after).fill(0xa5);
        buffer.set(bytes, before);
        for (const decode of [decodeXor, decodeXorExact]) {
          const out = new SampleColumns(1);
          decode(buffer, before, bytes.length, out);
          expect(textOf(out)).toEqual(textOf(columns));
        }
      }),
      runs(3000),
    );
  });

  it('XOR: says the size of every beginning', () => {
    fc.assert(
      fc.property(samples, (input) => {
        const columns = columnsOf(input);
        const sizes = new Uint32Array(columns.n);
        encodeXor(columns.t, columns.w, 0, columns.n, sizes);
        for (let n = 1; n <= columns.n; n += 7)
          expect(encodeXor(columns.t, columns.w, 0, n)).toHaveLength(sizes[n - 1]);
      }),
      runs(500),
    );
  });

  it('XOR2: reads what was written', () => {
    fc.assert(
      fc.property(samples, (input) => {
        const columns = columnsOf(input);
        const bytes = encodeXor2(columns.t, columns.w, columns.st, 0, columns.n);
        const out = new SampleColumns(1);
        decodeWhole(bytes, 0, bytes.length, Encoding.XOR2, out);
        expect(textOf(out, true)).toEqual(textOf(columns, true));
      }),
      runs(2000),
    );
  });

  it.each([Encoding.HISTOGRAM, Encoding.FLOAT_HISTOGRAM, Encoding.HISTOGRAM_ST, Encoding.FLOAT_HISTOGRAM_ST])(
    'histograms, encoding %d: reads the counts that were written, whatever the layout became',
    (encoding) => {
      const int = encoding === Encoding.HISTOGRAM || encoding === Encoding.HISTOGRAM_ST;
      const buckets = fc.dictionary(fc.integer({ min: -20, max: 20 }).map(String), fc.integer({ min: 0, max: 1000 }), {
        maxKeys: 8,
      });
      const histogram = fc.record({ positive: buckets, negative: buckets, zero: fc.nat(50), gauge: fc.boolean() });
      fc.assert(
        fc.property(fc.array(histogram, { minLength: 1, maxLength: 12 }), (list) => {
          const appender = new HistogramAppender(int ? 'int' : 'float', { startTimes: encoding > 4 });
          const wanted = list.map((h, i) => {
            const built = build(h, int);
            const [sumHi, sumLo] = wordsOf(i * 1.5);
            appender.append({ t: i * 1000, st: i % 3, sumHi, sumLo, histogram: built });
            return [i * 1000, h.zero, counts(build(h, false) as FloatHistogram)];
          });
          const out = new SampleColumns(1);
          for (const { bytes } of appender.finish()) decodeWhole(bytes, 0, bytes.length, encoding, out);
          const read = Array.from({ length: out.n }, (_, i) => {
            const h = out.h?.[i] as FloatHistogram;
            return [out.t[i], h.zeroCount, counts(h)];
          });
          expect(read).toEqual(wanted);
        }),
        runs(1000),
      );
    },
  );
});

interface Buckets {
  positive: Record<string, number>;
  negative: Record<string, number>;
  zero: number;
  gauge: boolean;
}

function build({ positive, negative, zero, gauge }: Buckets, int: boolean): Histogram | FloatHistogram {
  const side = (
    buckets: Record<string, number>,
  ): { spans: { offset: number; length: number }[]; values: Float64Array } => {
    const indexes = Object.keys(buckets)
      .map(Number)
      .sort((a, b) => a - b);
    const spans = indexes.map((index, i) => ({
      offset: i === 0 ? index : index - indexes[i - 1] - 1,
      length: 1,
    }));
    const values = Float64Array.from(indexes, (index, i) => {
      const count = buckets[String(index)];
      return int && i > 0 ? count - buckets[String(indexes[i - 1])] : count;
    });
    return { spans, values };
  };
  const p = side(positive);
  const n = side(negative);
  return {
    counterResetHint: gauge ? 'gauge' : 'unknown',
    schema: 2,
    zeroThreshold: 0.001,
    zeroCount: zero,
    count: zero + Object.values(positive).reduce((a, b) => a + b, 0),
    sum: 0,
    positiveSpans: p.spans,
    negativeSpans: n.spans,
    positiveBuckets: p.values,
    negativeBuckets: n.values,
    customValues: undefined,
  };
}

/** Counts that are not zero, by bucket. */
function counts(h: FloatHistogram): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [sign, spans, values] of [
    ['+', h.positiveSpans, h.positiveBuckets],
    ['-', h.negativeSpans, h.negativeBuckets],
  ] as const) {
    let index = 0;
    let k = 0;
    for (const { offset, length } of spans) {
      index += offset;
      for (let i = 0; i < length; i++, index++) {
        if (values[k] !== 0) out[`${sign}${index}`] = values[k];
        k++;
      }
    }
  }
  return out;
}

describe('hostile bytes', () => {
  const encodings = [1, 2, 3, 4, 5, 6];

  it('never do more than throw, quickly, and keep the samples before', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(...encodings),
        fc.integer({ min: 0, max: 2000 }),
        (bytes, encoding, count) => {
          if (bytes.length >= 2 && count > 0) bytes.set([count >> 8, count & 255]);
          const out = new SampleColumns(1);
          const from = performance.now();
          try {
            decodeWhole(bytes, 0, bytes.length, encoding, out);
          } catch (error) {
            expect(error).toBeInstanceOf(TsanosError);
            expect((error as TsanosError).kind).toBe('corrupt');
          }
          expect(performance.now() - from).toBeLessThan(500);
          expect(out.n).toBeLessThanOrEqual(Math.max(0, bytes.length * 8));
          expect(out.t.length).toBeLessThanOrEqual(bytes.length * 16 + 64);
        },
      ),
      runs(20_000),
    );
  });

  it('every cut and every flipped bit of a good chunk is survived', () => {
    const columns = columnsOf([
      1.7e12,
      Array.from({ length: 40 }, (_, i) => [15_000 + (i % 3), wordsOf(Math.sqrt(i)), i > 20 ? 7 : 0]),
    ]);
    const chunks: [number, Uint8Array][] = [
      [Encoding.XOR, encodeXor(columns.t, columns.w, 0, columns.n)],
      [Encoding.XOR2, encodeXor2(columns.t, columns.w, columns.st, 0, columns.n)],
    ];
    for (const [encoding, bytes] of chunks) {
      for (let cut = 0; cut < bytes.length; cut++) {
        const out = new SampleColumns(1);
        expect(() => decodeWhole(bytes, 0, cut, encoding, out), `${encoding} cut at ${cut}`).toThrow(TsanosError);
        expect(textOf(out)).toEqual(textOf(columns).slice(0, out.n));
      }
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3] ^= 128 >> (bit & 7);
        const out = new SampleColumns(1);
        try {
          decodeWhole(flipped, 0, flipped.length, encoding, out);
        } catch (error) {
          expect(error).toBeInstanceOf(TsanosError);
        }
      }
    }
  });

  it('aggregate chunks of any bytes are split or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          for (const { offset, length } of parseAggrChunk(bytes))
            expect(offset + length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(TsanosError);
        }
      }),
      runs(20_000),
    );
  });
});
