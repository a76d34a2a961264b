import { Labels, SampleColumns, encodeLabels } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { headChunkLength } from '../chunkenc/chunk-cut.ts';
import { decodeWhole } from '../chunkenc/decode.ts';
import { encodeXor } from '../chunkenc/xor-encode.ts';
import { AGGR_ENCODING, parseAggrChunk, writeAggrChunk, type AggrBodies } from '../downsample/aggr-chunk.ts';
import { SeriesBatchBuilder } from '../series-batch-builder.ts';
import { Aggr, Encoding, type SeriesBatch } from '../series-batch.ts';
import { columnsOfThanos, comparable, type ThanosSample } from '../testing/golden-thanos.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { CounterResets } from './counter-resets.ts';
import { AggregateReader } from './readers.ts';

interface Chunk {
  data: string;
  enc: number;
  mint: number;
  maxt: number;
  n: number;
  parts?: Record<string, { enc: number; samples: ThanosSample[] }>;
}

interface Case {
  case: string;
  samples: ThanosSample[];
  raw: Chunk[];
  res5m?: Chunk[];
  res1h?: Chunk[];
}

interface Iterator {
  case?: string;
  kind: string;
  res?: string;
  chunks?: ThanosSample[][];
  error?: string;
  samples: ThanosSample[];
}

/** The vectors' head had no block boundaries. */
const VECTOR_CHUNK_RANGE = 1e15;

const AGGRS: Readonly<Record<string, Aggr>> = {
  count: Aggr.COUNT,
  sum: Aggr.SUM,
  min: Aggr.MIN,
  max: Aggr.MAX,
  counter: Aggr.COUNTER,
};

/** A batch of one series with the chunks as a store would give them. */
function batchOf(chunks: readonly Chunk[]): SeriesBatch {
  const builder = new SeriesBatchBuilder();
  const labels = encodeLabels(Labels.from({ a: 'b' }));
  builder.series(labels, 0, labels.length);
  for (const { data, enc, mint, maxt } of chunks) {
    const bytes = Buffer.from(data, 'base64');
    if (enc !== AGGR_ENCODING) builder.chunk(bytes, 0, bytes.length, mint, maxt, enc, Aggr.RAW);
    else
      for (const part of parseAggrChunk(bytes))
        builder.chunk(bytes, part.offset, part.length, mint, maxt, part.encoding, part.aggr);
  }
  return builder.finish();
}

function read(chunks: readonly Chunk[], func: string, resets: 'engine' | 'thanos'): SampleColumns {
  const out = new SampleColumns();
  new AggregateReader({ func, resets }).read(
    batchOf(chunks),
    0,
    1,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    out,
  );
  return out;
}

const casesPath = goldenPath('thanos/downsample/cases.jsonl.gz');
const iteratorsPath = goldenPath('thanos/downsample/iterators.jsonl.gz');
describe.skipIf(casesPath === undefined || iteratorsPath === undefined)(
  'downsampled series as Thanos reads them',
  () => {
    const cases = casesPath === undefined ? [] : (readJsonLines(casesPath) as Case[]);
    const iterators = iteratorsPath === undefined ? [] : (readJsonLines(iteratorsPath) as Iterator[]);
    const byName = new Map(cases.map((c) => [c.case, c]));
    const chunksOf = (it: Iterator): Chunk[] => {
      const found = byName.get(it.case as string) as Case;
      return (it.res === 'raw' ? found.raw : it.res === '5m' ? found.res5m : found.res1h) ?? [];
    };

    it('splits aggregate chunks and writes them back', () => {
      for (const { case: name, res5m, res1h } of cases) {
        for (const { data, parts } of [...(res5m ?? []), ...(res1h ?? [])]) {
          if (parts === undefined) continue;
          const bytes = Buffer.from(data, 'base64');
          const found = parseAggrChunk(bytes);
          const bodies: AggrBodies = {};
          for (const { aggr, encoding, offset, length } of found) {
            bodies[aggr] = { encoding: encoding as Encoding, bytes: bytes.subarray(offset, offset + length) };
          }
          expect(Buffer.from(writeAggrChunk(bodies)).equals(bytes), name).toBe(true);
          expect([name, found.map((part) => part.aggr)]).toEqual([
            name,
            Object.keys(parts)
              .map((key) => AGGRS[key])
              .sort(),
          ]);
          for (const [key, part] of Object.entries(parts)) {
            const { encoding, offset, length } = found.find((f) => f.aggr === AGGRS[key]) as (typeof found)[number];
            const out = new SampleColumns();
            decodeWhole(bytes, offset, length, encoding, out);
            expect([name, key, encoding, comparable(out)]).toEqual([
              name,
              key,
              part.enc,
              comparable(columnsOfThanos(part.samples)),
            ]);
          }
        }
      }
    });

    it('counter iterators', () => {
      let n = 0;
      for (const it of iterators) {
        if (it.kind !== 'counter') continue;
        n++;
        expect([it.case, it.res, comparable(read(chunksOf(it), 'rate', 'thanos'))]).toEqual([
          it.case,
          it.res,
          comparable(columnsOfThanos(it.samples)),
        ]);
      }
      expect(n).toBeGreaterThan(150);
    });

    it('average iterators', () => {
      let n = 0;
      for (const it of iterators) {
        if (it.kind !== 'average') continue;
        n++;
        if ((it.error ?? '') !== '') {
          expect(() => read(chunksOf(it), '', 'thanos'), it.case).toThrow(/sum has/);
          continue;
        }
        const average = read(chunksOf(it), '', 'thanos');
        expect([it.case, it.res, withoutBuckets(average)]).toEqual([
          it.case,
          it.res,
          withoutBuckets(columnsOfThanos(it.samples)),
        ]);
        expectQuotients(chunksOf(it), average);
      }
      expect(n).toBeGreaterThan(100);
    });

    it('counter lists', () => {
      let n = 0;
      for (const it of iterators) {
        if (it.chunks === undefined) continue;
        n++;
        const out = new SampleColumns();
        const resets = new CounterResets();
        for (const chunk of it.chunks) resets.chunk(columnsOfThanos(chunk), out);
        expect([it.chunks, comparable(out)]).toEqual([it.chunks, comparable(columnsOfThanos(it.samples))]);
      }
      expect(n).toBeGreaterThan(3);
    });

    it('gives the engine raw counters as they are, and the true increase of downsampled ones', () => {
      for (const { case: name, raw, samples, res5m } of cases) {
        if (!name.startsWith('counter') && name !== 'fractional-counter' && name !== 'every-sample-a-reset') continue;
        expect([name, comparable(read(raw, 'rate', 'engine'))]).toEqual([name, comparable(columnsOfThanos(samples))]);
        const down = read(res5m ?? [], 'rate', 'engine');
        const wanted = increase(columnsOfThanos(samples));
        expect(Math.abs(increase(down) - wanted), name).toBeLessThanOrEqual(1e-9 * wanted);
      }
    });

    it('cuts float chunks where the head does', () => {
      let n = 0;
      for (const { case: name, samples, raw } of cases) {
        if (raw.some((chunk) => chunk.enc !== Encoding.XOR)) continue;
        const columns = columnsOfThanos(samples);
        const chunks: string[] = [];
        for (let from = 0; from < columns.n;) {
          const length = headChunkLength(columns.t, columns.w, from, columns.n, VECTOR_CHUNK_RANGE);
          chunks.push(Buffer.from(encodeXor(columns.t, columns.w, from, from + length)).toString('base64'));
          from += length;
        }
        expect([name, chunks]).toEqual([name, raw.map((chunk) => chunk.data)]);
        n++;
      }
      expect(n).toBeGreaterThan(30);
    });
  },
);

describe('headChunkLength', () => {
  it('spreads samples evenly over an aligned range and never crosses its end', () => {
    const t = Float64Array.from({ length: 1000 }, (_, i) => 1_699_999_200_000 + i * 15_000);
    const w = new Int32Array(2000);
    const lengths: number[] = [];
    for (let from = 0; from < 1000; from += lengths.at(-1) as number) lengths.push(headChunkLength(t, w, from, 1000));
    expect(lengths).toEqual([120, 120, 120, 120, 120, 120, 120, 120, 40]);
    const late = t.map((x) => x + 7_200_000 - 10 * 15_000);
    expect(headChunkLength(late, w, 0, 1000)).toBe(10);
  });
});

/**
 * Thanos divides bucket arrays that its chunk iterator still needs, so buckets of averaged histograms are garbage in its
 * answers (counts and sums are not); ours are compared with sum / count instead.
 */
function withoutBuckets(columns: SampleColumns): unknown[] {
  return comparable(columns).map(([t, value]) => [
    t,
    typeof value === 'string' ? value : { ...value, positiveBuckets: [], negativeBuckets: [] },
  ]);
}

function expectQuotients(chunks: readonly Chunk[], average: SampleColumns): void {
  const sums = chunks.flatMap((chunk) => comparable(columnsOfThanos(chunk.parts?.sum.samples ?? [])));
  const counts = chunks.flatMap((chunk) => columnsOfThanos(chunk.parts?.count.samples ?? []).v.slice());
  const all = counts.flatMap((list) => Array.from(list));
  for (const [i, [t, sum]] of sums.entries()) {
    const histogram = average.h?.[average.t.indexOf(t)];
    if (typeof sum === 'string' || histogram === undefined) continue;
    expect(Array.from(histogram.positiveBuckets)).toEqual(Array.from(sum.positiveBuckets, (x) => x / all[i]));
  }
}

/** What the engine's reset detection makes of samples, stale markers and NaNs aside. */
function increase(columns: SampleColumns): number {
  let sum = 0;
  let last = Number.NaN;
  for (let i = 0; i < columns.n; i++) {
    const value = columns.v[i];
    if (value !== value) continue;
    if (last === last) sum += value >= last ? value - last : value;
    last = value;
  }
  return sum;
}
