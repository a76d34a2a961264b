import { Labels, compareLabels } from '@tsanos/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  collectSeries,
  samplesOf,
  seriesBatchOf,
  seriesOf,
  seriesText,
  streamOf,
  testContext,
  toSeries,
  xorChunkOf,
  type TestSeries,
} from '../testing/index.ts';
import { Aggr, type SeriesBatch } from '../series-batch.ts';
import { mergeSeries } from './merge-series.ts';
import { LabelRewriter } from './rewrite-labels.ts';
import { sortSeries } from './sort-series.ts';

const ramp = (from: number, n: number): [number, number][] => Array.from({ length: n }, (_, i) => [from + i * 10, i]);

async function merged(...streams: SeriesBatch[][]): Promise<string[]> {
  return seriesText(
    await collectSeries(
      mergeSeries(
        streams.map((batches) => streamOf(...batches)),
        testContext(),
      ),
    ),
  );
}

describe('mergeSeries', () => {
  it('gives nothing for no streams and for empty ones', async () => {
    expect(await merged()).toEqual([]);
    expect(await merged([], [seriesBatchOf()])).toEqual([]);
  });

  it('interleaves streams and joins equal series across streams and batches', async () => {
    const a = [
      seriesBatchOf(seriesOf({ a: '1' }, ramp(0, 3)), seriesOf({ a: '2' }, ramp(0, 2))),
      seriesBatchOf(seriesOf({ a: '2' }, ramp(100, 2)), seriesOf({ a: '4' })),
    ];
    const b = [
      seriesBatchOf(seriesOf({ a: '2' }, ramp(50, 2))),
      seriesBatchOf(seriesOf({ a: '2', b: '1' }, ramp(0, 1))),
      seriesBatchOf(seriesOf({ a: '3' }, ramp(7, 2))),
    ];
    expect(await merged(a, b)).toEqual([
      '{a="1"} 0-20',
      '{a="2"} 0-10 50-60 100-110',
      '{a="2", b="1"} 0-0',
      '{a="3"} 7-17',
      '{a="4"}',
    ]);
  });

  it('keeps identical chunks once and different ones all, greater bytes first', async () => {
    const a = seriesBatchOf({
      labels: Labels.from({ a: '1' }),
      chunks: [
        xorChunkOf([
          [1, 5],
          [2, 6],
        ]),
        xorChunkOf([[9, 1]]),
      ],
    });
    const b = seriesBatchOf({
      labels: Labels.from({ a: '1' }),
      chunks: [
        xorChunkOf([
          [1, 7],
          [2, 6],
        ]),
        xorChunkOf([[9, 1]]),
      ],
    });
    const [series] = await collectSeries(mergeSeries([streamOf(a), streamOf(b), streamOf(a)], testContext()));
    expect(series.chunks.map(samplesOf)).toEqual([
      [
        [1, 7],
        [2, 6],
      ],
      [
        [1, 5],
        [2, 6],
      ],
      [[9, 1]],
    ]);
  });

  it('keeps the rows of a downsampled chunk together', async () => {
    const chunk = (offset: number): TestSeries => ({
      labels: Labels.from({ a: '1' }),
      chunks: [
        xorChunkOf(
          [
            [1, 3],
            [5, 4],
          ],
          Aggr.COUNT,
        ),
        xorChunkOf(
          [
            [1, 3 + offset],
            [5, 4],
          ],
          Aggr.SUM,
        ),
      ],
    });
    const [series] = await collectSeries(
      mergeSeries(
        [streamOf(seriesBatchOf(chunk(0))), streamOf(seriesBatchOf(chunk(1))), streamOf(seriesBatchOf(chunk(0)))],
        testContext(),
      ),
    );
    expect(series.chunks.map((c) => c.aggr)).toEqual([Aggr.COUNT, Aggr.SUM, Aggr.COUNT, Aggr.SUM]);
    expect(series.chunks.map((c) => samplesOf(c)[0][1])).toEqual([3, 4, 3, 3]);
  });

  it('equals sorting and grouping, for random streams', async () => {
    const label = fc.record({
      a: fc.constantFrom('', '1', '2', '3', '\u{1F600}', '\uffee'),
      b: fc.constantFrom('', '1', '10', '2'),
    });
    const stream = fc.array(label, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(stream, fc.integer({ min: 1, max: 7 })), { maxLength: 5 }),
        async (streams) => {
          let time = 0;
          const all: TestSeries[] = [];
          const inputs = streams.map(([labels, size]) => {
            const sorted = labels
              .map((l) => Labels.from(l))
              .sort(compareLabels)
              .map((l) => seriesOf(l, ramp((time += 10), 1)));
            all.push(...sorted);
            const batches: SeriesBatch[] = [];
            for (let i = 0; i < sorted.length; i += size) batches.push(seriesBatchOf(...sorted.slice(i, i + size)));
            return batches;
          });
          const groups = new Map<string, TestSeries[]>();
          for (const series of all.sort((x, y) => compareLabels(x.labels, y.labels))) {
            const key = JSON.stringify(series.labels);
            groups.set(key, [...(groups.get(key) ?? []), series]);
          }
          const wanted = [...groups.values()].map((list) => ({
            labels: list[0].labels,
            chunks: list.flatMap((s) => s.chunks).sort((x, y) => x.mint - y.mint),
          }));
          expect(await merged(...inputs)).toEqual(seriesText(wanted));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('reads nothing before it is asked and stops the streams when left', async () => {
    let reads = 0;
    let closed = 0;
    async function* endless(first: string): AsyncIterable<SeriesBatch> {
      try {
        for (let i = 0; ; i++) {
          reads++;
          yield seriesBatchOf(seriesOf({ a: first + String(i).padStart(9, '0') }));
        }
      } finally {
        closed++;
      }
    }
    const stream = mergeSeries([endless('x'), endless('y')], testContext());
    await new Promise(setImmediate);
    expect(reads).toBe(0);
    for await (const batch of stream) {
      expect(batch.count).toBe(1);
      break;
    }
    await new Promise(setImmediate);
    expect(closed).toBe(2);
    expect(reads).toBeLessThan(8);
  });

  it('passes on errors and ends when cancelled', async () => {
    async function* broken(): AsyncIterable<SeriesBatch> {
      yield seriesBatchOf(seriesOf({ a: '1' }));
      throw new Error('gone');
    }
    await expect(
      collectSeries(mergeSeries([broken(), streamOf(seriesBatchOf(seriesOf({ a: '2' })))], testContext())),
    ).rejects.toThrow('gone');
    const ctx = testContext();
    ctx.cancelNow();
    await expect(collectSeries(mergeSeries([streamOf(seriesBatchOf(seriesOf({ a: '2' })))], ctx))).rejects.toThrow(
      'cancelled',
    );
  });

  it('sorts a stream that does not, under the budget, or says that it cannot', async () => {
    const one = (a: string): SeriesBatch => seriesBatchOf(seriesOf({ a }));
    const ctx = testContext();
    const sorted = mergeSeries(
      [streamOf(one('2'), seriesBatchOf(seriesOf({ a: '9' }), seriesOf({ a: '7' })), one('8')), streamOf(one('5'))],
      ctx,
    );
    expect(seriesText(await collectSeries(sorted))).toEqual(['{a="2"}', '{a="5"}', '{a="7"}', '{a="8"}', '{a="9"}']);
    expect(ctx.bytesHeld).toBe(0);
    const late = mergeSeries([streamOf(one('2'), one('7'), one('1'))], testContext());
    await expect(collectSeries(late)).rejects.toThrow(/sent \{a="1"\} after greater labels/);
  });

  it('passes long runs through without copying', async () => {
    const many = (name: string): SeriesBatch =>
      seriesBatchOf(...Array.from({ length: 300 }, (_, i) => seriesOf({ a: name + String(i).padStart(4, '0') })));
    const x = many('x');
    const y = many('y');
    const batches: SeriesBatch[] = [];
    for await (const batch of mergeSeries([streamOf(y), streamOf(x)], testContext())) batches.push(batch);
    expect(batches).toEqual([x, y]);
    expect(batches[0]).toBe(x);
  });
});

describe('sortSeries', () => {
  it('holds its stream in the budget and gives it back', async () => {
    const batches = [
      seriesBatchOf(seriesOf({ a: '3' }, ramp(0, 1)), seriesOf({ a: '1' })),
      seriesBatchOf(seriesOf({ a: '2' }), seriesOf({ a: '3' }, ramp(50, 1))),
    ];
    const ctx = testContext();
    expect(seriesText(await collectSeries(sortSeries(streamOf(...batches), ctx)))).toEqual([
      '{a="1"}',
      '{a="2"}',
      '{a="3"} 0-0',
      '{a="3"} 50-50',
    ]);
    expect(ctx.bytesPeak).toBeGreaterThan(50);
    expect(ctx.bytesHeld).toBe(0);
    const poor = testContext(40);
    await expect(collectSeries(sortSeries(streamOf(...batches), poor))).rejects.toThrow(/raise --test.budget/);
    expect(poor.bytesHeld).toBe(0);
  });
});

describe('LabelRewriter', () => {
  const rewrite = (
    labels: Record<string, string>,
    drop: string[],
    external: Record<string, string>,
  ): Record<string, string> => {
    const rewriter = new LabelRewriter({ drop, external: Labels.from(external) });
    const batch = rewriter.rewriteBatch(seriesBatchOf(seriesOf({ x: 'y' }), seriesOf(labels)));
    return { ...toSeries(batch)[1].labels.toJSON() };
  };

  it('drops, adds and overrides, in name order', () => {
    expect(rewrite({ b: '1', d: '2' }, [], { a: 'x', c: 'y', e: 'z' })).toEqual({
      a: 'x',
      b: '1',
      c: 'y',
      d: '2',
      e: 'z',
    });
    expect(rewrite({ b: '1', replica: 'in-series' }, [], { replica: 'ext' })).toEqual({ b: '1', replica: 'ext' });
    expect(rewrite({ b: '1', replica: 'in-series' }, ['replica'], { replica: 'ext', z: '1' })).toEqual({
      b: '1',
      z: '1',
    });
    expect(rewrite({ replica: 'a' }, ['replica'], {})).toEqual({});
    expect(rewrite({ Ω: 'long '.repeat(60), b: 'é' }, [], { a: '1' })).toEqual({
      a: '1',
      b: 'é',
      Ω: 'long '.repeat(60),
    });
  });

  it('leaves batches alone when it has nothing to do', () => {
    const batch = seriesBatchOf(seriesOf({ a: '1' }));
    expect(new LabelRewriter({}).rewriteBatch(batch)).toBe(batch);
  });
});
