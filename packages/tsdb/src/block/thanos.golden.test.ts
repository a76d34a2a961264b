import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMatcher, encodeLabels, type Label } from '@tsanos/model';
import { goldenAvailable, goldenLines, goldenPath } from '@tsanos/model/testing';
import { AGGR_ENCODING, parseAggrChunk } from '@tsanos/series';
import { afterAll, describe, expect, it } from 'vitest';
import { IndexReader } from '../index-file/index-reader.ts';
import { FileReader } from '../range-reader.ts';
import { chunksOfBatch, labelsOfBatch } from '../testing/dump.ts';
import { Block } from './block.ts';
import { BlockWriter } from './block-writer.ts';

interface BlockLine {
  kind: 'block';
  ulid: string;
  minTime: number;
  maxTime: number;
  level: number;
  stats: Record<string, number>;
}

interface SeriesLine {
  kind: 'series';
  block: string;
  labels: Label[];
  chunks: { mint: number; maxt: number; enc: number; n: number; ref: string; data: string }[];
}

const golden = goldenAvailable();
const scratch = mkdtempSync(join(tmpdir(), 'tsanos-thanos-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const everything = [createMatcher('=~', '__name__', '.*')];

describe.skipIf(!golden).each(['plain', 'dedup-penalty'])('blocks compacted and downsampled by Thanos: %s', (mode) => {
  const lines = golden ? goldenLines<BlockLine | SeriesLine>('thanos', 'compact', `${mode}.dump.jsonl.gz`) : [];
  const blocks = lines.filter((line) => line.kind === 'block');
  const seriesOf = Map.groupBy(
    lines.filter((line) => line.kind !== 'block'),
    (line) => line.block,
  );
  const folder = join(scratch, mode);
  if (golden) {
    execFileSync('mkdir', ['-p', folder]);
    execFileSync('tar', ['xzf', goldenPath('thanos', 'compact', `${mode}.tar.gz`), '-C', folder]);
  }

  it.each(blocks.map((line) => [line.ulid, line] as const))('%s reads equal to its dump', async (ulid, line) => {
    const block = await Block.open(join(folder, ulid));
    expect(block.meta).toMatchObject({ minTime: line.minTime, maxTime: line.maxTime, stats: line.stats });
    expect(block.meta.compaction.level).toBe(line.level);
    const found: unknown[] = [];
    for await (const batch of block.select(everything, -Infinity, Infinity)) {
      for (let i = 0; i < batch.count; i++)
        found.push({ labels: labelsOfBatch(batch, i), chunks: chunksOfBatch(batch, i) });
    }
    const wanted = (seriesOf.get(ulid) ?? []).map(({ labels, chunks }) => ({
      labels,
      chunks: chunks.flatMap(({ mint, maxt, enc, data }) => {
        if (enc !== AGGR_ENCODING) return [{ mint, maxt, encoding: enc, bytes: data }];
        const bytes = Buffer.from(data, 'base64');
        return parseAggrChunk(bytes).map(({ encoding, offset, length }) => ({
          mint,
          maxt,
          encoding,
          bytes: bytes.toString('base64', offset, offset + length),
        }));
      }),
    }));
    expect(found).toEqual(wanted);
    block.close();
  });

  it('are written byte for byte', async () => {
    for (const [n, { ulid, stats, minTime, maxTime, level }] of blocks.entries()) {
      const source = join(folder, ulid);
      const file = FileReader.open(join(source, 'index'));
      const symbols = [...(await IndexReader.open(file)).symbols];
      file.close();
      const parent = join(scratch, `${mode}-${n}`);
      const writer = new BlockWriter(parent, { ulid, symbols, tombstones: false });
      for (const { labels, chunks } of seriesOf.get(ulid) ?? []) {
        writer.addSeries(
          encodeLabels(labels),
          chunks.map(({ mint, maxt, enc, data }) => {
            const bytes = Buffer.from(data, 'base64');
            return { mint, maxt, encoding: enc, bytes, offset: 0, length: bytes.length };
          }),
        );
      }
      const meta = writer.finish({ minTime, maxTime, compaction: { level } });
      expect(readFileSync(join(parent, ulid, 'index')).equals(readFileSync(join(source, 'index'))), ulid).toBe(true);
      expect(
        readFileSync(join(parent, ulid, 'chunks', '000001')).equals(readFileSync(join(source, 'chunks', '000001'))),
        ulid,
      ).toBe(true);
      expect([meta?.stats.numSeries, meta?.stats.numChunks]).toEqual([stats.numSeries, stats.numChunks]);
    }
  });
});
