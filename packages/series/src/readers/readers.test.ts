import { Labels, STALE_HI, STALE_LO, SampleColumns, isStaleAt } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { encodeXor } from '../chunkenc/xor-encode.ts';
import { Aggr, Encoding, type SeriesBatch } from '../series-batch.ts';
import { seriesBatchOf, xorChunkOf, type TestChunk } from '../testing/index.ts';
import { aggrsForFunc } from './aggrs-for-func.ts';
import { AggregateReader, ChainDedupReader, PenaltyDedupReader, RawReader } from './readers.ts';
import type { SampleReader } from '../sample-reader.ts';

type Pairs = [number, number][];

const labels = Labels.from({ __name__: 'x', a: 'b' });

/** One series a list of chunks, all with equal labels. */
function rows(...chunks: TestChunk[][]): SeriesBatch {
  return seriesBatchOf(...chunks.map((list) => ({ labels, chunks: list })));
}

function read(reader: SampleReader, batch: SeriesBatch, mint = -Infinity, maxt = Infinity): Pairs {
  const out = new SampleColumns(2);
  reader.read(batch, 0, batch.count, mint, maxt, out);
  return Array.from({ length: out.n }, (_, i) => [out.t[i], out.v[i]]);
}

/** A downsampled counter chunk: first raw sample, totals, last raw value. */
const counter = (...samples: Pairs): TestChunk => ({ ...xorChunkOf(samples, Aggr.COUNTER), mint: samples[1][0] });

describe('aggrsForFunc', () => {
  it.each([
    ['', [Aggr.COUNT, Aggr.SUM]],
    ['sum', [Aggr.COUNT, Aggr.SUM]],
    ['avg_over_time', [Aggr.COUNT, Aggr.SUM]],
    ['delta', [Aggr.COUNT, Aggr.SUM]],
    ['min', [Aggr.MIN]],
    ['min_over_time', [Aggr.MIN]],
    ['max_over_time', [Aggr.MAX]],
    ['count', [Aggr.COUNT]],
    ['count_over_time', [Aggr.COUNT]],
    ['sum_over_time', [Aggr.SUM]],
    ['rate', [Aggr.COUNTER]],
    ['resets', [Aggr.COUNTER]],
    ['minute', [Aggr.COUNT, Aggr.SUM]],
  ])('%s', (func, wanted) => {
    expect(aggrsForFunc(func)).toEqual(wanted);
  });
});

describe('RawReader', () => {
  it('reads the range asked for, of the chunks that overlap it, after what is there', () => {
    const batch = rows([
      xorChunkOf([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
      xorChunkOf([
        [5, 5],
        [8, 8],
      ]),
      xorChunkOf([[9, 9]]),
    ]);
    expect(read(new RawReader(), batch)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [5, 5],
      [8, 8],
      [9, 9],
    ]);
    expect(read(new RawReader(), batch, 2, 5)).toEqual([
      [2, 2],
      [3, 3],
      [5, 5],
    ]);
    expect(read(new RawReader(), batch, 6, 7)).toEqual([]);
    const out = new SampleColumns(1);
    const reader = new RawReader();
    reader.read(batch, 0, 1, 8, 9, out);
    reader.read(batch, 0, 1, 1, 1, out);
    expect(Array.from(out.t.subarray(0, out.n))).toEqual([8, 9, 1]);
  });

  it('gives each time once where chunks and rows overlap', () => {
    const batch = rows(
      [
        xorChunkOf([
          [1, 1],
          [3, 3],
          [5, 5],
        ]),
        xorChunkOf([
          [4, 4],
          [6, 6],
        ]),
      ],
      [
        xorChunkOf([
          [1, 1],
          [2, 2],
          [5, 5],
        ]),
      ],
      [
        xorChunkOf([
          [1, 1],
          [3, 3],
          [5, 5],
        ]),
      ],
    );
    expect(read(new RawReader(), batch)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
      [6, 6],
    ]);
    expect(read(new RawReader(), batch, 2, 4)).toEqual([
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it('ascends whatever chunks hold', () => {
    const disordered = {
      ...xorChunkOf([
        [1, 1],
        [5, 5],
        [3, 3],
        [5, 6],
        [7, 7],
      ]),
      mint: 1,
      maxt: 7,
    };
    expect(read(new RawReader(), rows([disordered]))).toEqual([
      [1, 1],
      [5, 5],
      [7, 7],
    ]);
    // Chunks that reach further than their tables say.
    const lying = {
      ...xorChunkOf([
        [8, 1],
        [9, 2],
        [20, 3],
      ]),
      maxt: 9,
    };
    expect(
      read(
        new RawReader(),
        rows([
          lying,
          xorChunkOf([
            [15, 4],
            [21, 5],
          ]),
        ]),
      ),
    ).toEqual([
      [8, 1],
      [9, 2],
      [20, 3],
      [21, 5],
    ]);
  });

  it('keeps stale markers', () => {
    const columns = new SampleColumns(4);
    columns.t.set([1, 2, 3, 4]);
    columns.w.set([STALE_LO, STALE_HI], 2);
    const bytes = encodeXor(columns.t, columns.w, 0, 4);
    const chunk: TestChunk = { bytes, mint: 1, maxt: 4, encoding: Encoding.XOR, aggr: Aggr.RAW };
    const other = xorChunkOf([
      [1, 0],
      [3, 0],
      [6, 0],
    ]);
    for (let round = 0; round < 2000; round++) {
      const out = new SampleColumns(1);
      new RawReader().read(rows([chunk], [other]), 0, 2, 2, 10, out);
      expect([out.n, isStaleAt(out.w, 0), isStaleAt(out.w, 1)]).toEqual([4, true, false]);
    }
  });

  it('warns of chunks it cannot decode and reads the rest', () => {
    const warnings: string[] = [];
    const alien: TestChunk = { ...xorChunkOf([[5, 5]]), encoding: 9 as Encoding };
    const batch = rows([xorChunkOf([[1, 1]]), alien, xorChunkOf([[9, 9]])]);
    expect(read(new RawReader({ warn: (text) => warnings.push(text) }), batch)).toEqual([
      [1, 1],
      [9, 9],
    ]);
    expect(warnings).toEqual([
      'series {__name__="x", a="b"}: chunk encoding unknown (9) cannot be decoded; its samples are left out',
    ]);
  });

  it('names the series of a corrupt chunk', () => {
    const chunk = xorChunkOf([
      [1, 1],
      [2, 7.5],
    ]);
    const batch = rows([{ ...chunk, bytes: chunk.bytes.subarray(0, chunk.bytes.length - 1) }]);
    expect(() => read(new RawReader(), batch)).toThrow(
      /^series \{__name__="x", a="b"\}: decode XOR chunk of \d+ bytes: ends after 1 good samples/,
    );
  });
});

describe('AggregateReader', () => {
  const down: TestChunk[] = [
    xorChunkOf(
      [
        [10, 2],
        [20, 4],
      ],
      Aggr.COUNT,
    ),
    xorChunkOf(
      [
        [10, 8],
        [20, 4],
      ],
      Aggr.SUM,
    ),
    xorChunkOf(
      [
        [10, 3],
        [20, 1],
      ],
      Aggr.MIN,
    ),
    xorChunkOf(
      [
        [10, 5],
        [20, 2],
      ],
      Aggr.MAX,
    ),
  ];
  const raw = xorChunkOf([
    [30, 7],
    [31, 9],
  ]);

  it.each([
    [
      '',
      [
        [10, 4],
        [20, 1],
      ],
    ],
    [
      'sum',
      [
        [10, 4],
        [20, 1],
      ],
    ],
    [
      'sum_over_time',
      [
        [10, 8],
        [20, 4],
      ],
    ],
    [
      'count_over_time',
      [
        [10, 2],
        [20, 4],
      ],
    ],
    [
      'min_over_time',
      [
        [10, 3],
        [20, 1],
      ],
    ],
    [
      'max',
      [
        [10, 5],
        [20, 2],
      ],
    ],
  ] as [string, Pairs][])('reads downsampled data for %j, and raw data as it is', (func, wanted) => {
    expect(read(new AggregateReader({ func }), rows([...down, raw]))).toEqual([...wanted, [30, 7], [31, 9]]);
  });

  it('warns of aggregates that are not there', () => {
    const warnings: string[] = [];
    const batch = rows([down[0], down[1], raw]);
    expect(read(new AggregateReader({ func: 'max', warn: (text) => warnings.push(text) }), batch)).toEqual([
      [30, 7],
      [31, 9],
    ]);
    expect(warnings).toEqual([
      'series {__name__="x", a="b"}: a downsampled chunk has no max aggregate; its samples are left out',
    ]);
  });

  it('joins counters: raw to downsampled to raw', () => {
    const before = xorChunkOf([
      [1, 10],
      [2, 12],
      [3, 4],
    ]);
    // Raw 5, then 20, a reset to 3, then 6: totals 20, 26; true last value 6.
    const middle = counter([4, 5], [10, 20], [20, 26], [20, 6]);
    const after = xorChunkOf([
      [30, 8],
      [31, 9],
      [32, 1],
      [33, 100],
    ]);
    const engine = read(new AggregateReader({ func: 'rate' }), rows([before, middle, after]));
    expect(engine).toEqual([
      [1, 10],
      [2, 12],
      [3, 4],
      [4, 5],
      [10, 20],
      [20, 26],
      [30, 28],
      [31, 29],
      [32, 1],
      [33, 100],
    ]);
    const thanos = read(new AggregateReader({ func: 'rate', resets: 'thanos' }), rows([before, middle, after]));
    expect(thanos).toEqual([
      [1, 10],
      [2, 12],
      [3, 16],
      [4, 17],
      [10, 32],
      [20, 38],
      [30, 40],
      [31, 41],
      [32, 42],
      [33, 141],
    ]);
  });

  it('joins downsampled counters across a reset between chunks', () => {
    const batch = rows([counter([1, 10], [10, 15], [20, 20], [20, 20]), counter([21, 2], [30, 4], [40, 9], [40, 9])]);
    expect(read(new AggregateReader({ func: 'increase' }), batch)).toEqual([
      [1, 10],
      [10, 15],
      [20, 20],
      [21, 22],
      [30, 24],
      [40, 29],
    ]);
  });
});

describe('PenaltyDedupReader', () => {
  const ramp = (from: number, to: number, offset: number, value: (i: number) => number): Pairs =>
    Array.from({ length: to - from }, (_, i) => [(from + i) * 15_000 + offset, value(from + i)]);

  it('takes one replica while it lasts, then the other', () => {
    const a = ramp(0, 10, 0, (i) => i);
    const b = ramp(0, 20, 3_000, (i) => 100 + i);
    const times = read(new PenaltyDedupReader({}), rows([xorChunkOf(a)], [xorChunkOf(b)]));
    expect(times.slice(0, 10)).toEqual(a);
    expect(times.slice(10)).toEqual(b.slice(11));
  });

  it('reads one replica as it is, however many chunks there are', () => {
    const a = ramp(0, 10, 0, (i) => i);
    expect(
      read(
        new PenaltyDedupReader({}),
        rows([xorChunkOf(a.slice(0, 5))], [xorChunkOf(a.slice(5))], [xorChunkOf(a.slice(5))]),
      ),
    ).toEqual(a);
  });

  it('lifts a counter that is behind at a change of replicas until it resets', () => {
    const a = ramp(0, 10, 0, (i) => 1000 + i);
    const b = ramp(0, 30, 3_000, (i) => (i < 20 ? 900 + i : i - 20));
    const out = read(new PenaltyDedupReader({ func: 'rate' }), rows([xorChunkOf(a)], [xorChunkOf(b)]));
    expect(out[9]).toEqual([135_000, 1009]);
    // b's sample 11 is 911; it goes on from 1009.
    expect(out[10]).toEqual([168_000, 1009]);
    expect(out[11]).toEqual([183_000, 1010]);
    const reset = out.findIndex(([t]) => t === 20 * 15_000 + 3_000);
    expect(out.slice(reset - 1, reset + 2).map(([, v]) => v)).toEqual([1017, 0, 1]);
    // Without a counter function nothing is lifted.
    expect(read(new PenaltyDedupReader({}), rows([xorChunkOf(a)], [xorChunkOf(b)]))[10]).toEqual([168_000, 911]);
  });

  it('leaves a reset visible that falls between the replicas', () => {
    const a = ramp(0, 10, 0, (i) => 1000 + i);
    const b = ramp(0, 30, 3_000, (i) => (i < 10 ? 1000 + i : i - 10));
    const out = read(new PenaltyDedupReader({ func: 'rate' }), rows([xorChunkOf(a)], [xorChunkOf(b)]));
    expect(out.slice(9, 12).map(([, v]) => v)).toEqual([1009, 1, 2]);
  });

  it('takes back its lift at a reset seen while the other replica was chosen', () => {
    const down = (from: number, to: number, list: Pairs): Pairs =>
      list.filter(([t]) => t < from * 15_000 || t >= to * 15_000);
    const value = (i: number): number => (i < 40 ? 1000 + i : i - 40);
    const a = down(5, 20, ramp(0, 80, 0, value));
    const b = down(
      60,
      80,
      ramp(0, 80, 3_000, (i) => value(i) - 3 * Number(i < 40)),
    );
    const out = read(new PenaltyDedupReader({ func: 'increase' }), rows([xorChunkOf(a)], [xorChunkOf(b)]));
    let increase = 0;
    for (let i = 1; i < out.length; i++) increase += out[i][1] >= out[i - 1][1] ? out[i][1] - out[i - 1][1] : out[i][1];
    expect(Math.abs(increase - (39 + 39))).toBeLessThanOrEqual(4);
  });
});

describe('ChainDedupReader', () => {
  it('gives the union of replicas', () => {
    const batch = rows(
      [
        xorChunkOf([
          [1, 1],
          [3, 3],
        ]),
      ],
      [
        xorChunkOf([
          [2, 2],
          [3, 3],
          [4, 4],
        ]),
      ],
    );
    expect(read(new ChainDedupReader({}), batch)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });
});
