import { Labels, encodeLabels, type Label } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import type { SeriesBatch } from '../series-batch.ts';
import {
  collectSeries,
  samplesOf,
  seriesBatchOf,
  streamOf,
  testContext,
  toSeries,
  xorChunkOf,
  type TestChunk,
} from '../testing/index.ts';
import { goldenPath, readJsonLines } from '../testing/golden.ts';
import { mergeSeries } from './merge-series.ts';
import { LabelRewriter } from './rewrite-labels.ts';
import { ShardFilter } from './shard.ts';
import { sortSeries } from './sort-series.ts';

interface Answer {
  labels: Label[];
  chunks: { mint: number; maxt: number; samples: [number, number][] }[];
}

interface SetCase {
  case: number;
  stores: { externalLabels: Record<string, string>; series: { labels: Label[] }[] }[];
  withoutReplicaLabels: string[] | null;
  series: Answer[];
}

const setsPath = goldenPath('thanos/dedup/sets.jsonl.gz');
describe.skipIf(setsPath === undefined)('series sets as Thanos merges them', () => {
  const cases = setsPath === undefined ? [] : (readJsonLines(setsPath) as SetCase[]);

  it('with and without replica labels', async () => {
    // The vectors give chunks with answers only: those of a series are in the answer that drops nothing.
    const chunksOf = new Map<string, TestChunk[]>();
    for (const { case: number, series, withoutReplicaLabels } of cases) {
      if (withoutReplicaLabels !== null) continue;
      for (const { labels, chunks } of series)
        chunksOf.set(
          `${number} ${JSON.stringify(labels)}`,
          chunks.map((chunk) => xorChunkOf(chunk.samples)),
        );
    }
    for (const { case: number, stores, series, withoutReplicaLabels } of cases) {
      const ctx = testContext();
      const streams = stores.map(({ externalLabels, series: held }) => {
        const all = new LabelRewriter({ external: Labels.from(externalLabels) });
        const rewriter = new LabelRewriter({ drop: withoutReplicaLabels ?? [], external: Labels.from(externalLabels) });
        const batches: SeriesBatch[] = held.map(({ labels }) => {
          const [full] = toSeries(all.rewriteBatch(seriesBatchOf({ labels: Labels.from(labels), chunks: [] })));
          const chunks = chunksOf.get(`${number} ${JSON.stringify([...full.labels])}`) as TestChunk[];
          return rewriter.rewriteBatch(seriesBatchOf({ labels: Labels.from(labels), chunks }));
        });
        return sortSeries(streamOf(...batches), ctx);
      });
      const merged = await collectSeries(mergeSeries(streams, ctx));
      const answer = merged.map(({ labels, chunks }) => ({
        chunks: chunks.map((chunk) => ({ maxt: chunk.maxt, mint: chunk.mint, samples: samplesOf(chunk) })),
        labels: [...labels],
      }));
      expect([number, withoutReplicaLabels, answer]).toEqual([number, withoutReplicaLabels, series]);
    }
    expect(cases.length).toBeGreaterThan(100);
  });
});

interface ShardCase {
  labels: Label[];
  by: boolean;
  shardIndex: number;
  totalShards: number;
  shardLabels: string[] | null;
  matches: boolean;
}

const shardsPath = goldenPath('thanos/ring/query-shards.jsonl.gz');
describe.skipIf(shardsPath === undefined)('shards as Thanos splits them', () => {
  it('keeps the same series', () => {
    const cases = readJsonLines(shardsPath as string) as ShardCase[];
    for (const c of cases) {
      const filter = new ShardFilter({
        index: c.shardIndex,
        total: c.totalShards,
        by: c.by,
        labels: c.shardLabels ?? [],
      });
      const bytes = encodeLabels(c.labels);
      expect([c, filter.keeps(bytes, 0, bytes.length)]).toEqual([c, c.matches]);
    }
    expect(cases.length).toBeGreaterThan(300);
  });
});
