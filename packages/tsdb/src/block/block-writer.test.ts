import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMatcher, encodeLabels, type Label } from '@tsanos/model';
import { xorChunkOf } from '@tsanos/series/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { chunksOfBatch, labelsOfBatch } from '../testing/dump.ts';
import { Block } from './block.ts';
import { BlockWriter, type BlockChunk } from './block-writer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsanos-writer-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const up = (i: number): Label[] => [
  ['__name__', 'up'],
  ['instance', String(i).padStart(4, '0')],
];

function chunk(from: number, samples: number): BlockChunk {
  const { mint, maxt, encoding, bytes } = xorChunkOf(
    Array.from({ length: samples }, (_, i) => [from + i * 1000, i * 1.1]),
  );
  return { mint, maxt, encoding, bytes, offset: 0, length: bytes.length };
}

describe('block writer', () => {
  it('shows nothing under the block name before it is whole, and nothing at all after a failure', () => {
    const parent = mkdtempSync(join(scratch, 'whole-'));
    const writer = new BlockWriter(parent);
    writer.addSeries(encodeLabels(up(1)), [chunk(0, 10)]);
    expect(readdirSync(parent)).toEqual([`${writer.ulid}.tmp-for-creation`]);
    const meta = writer.finish();
    expect(readdirSync(parent)).toEqual([writer.ulid]);
    expect(meta).toMatchObject({ minTime: 0, maxTime: 9001, compaction: { level: 1, sources: [writer.ulid] } });

    const failing = new BlockWriter(parent);
    failing.addSeries(encodeLabels(up(1)), [chunk(0, 10)]);
    const extra = (): Record<string, unknown> => {
      throw new Error('disk full');
    };
    expect(() => failing.finish({ extra })).toThrow('disk full');
    expect(readdirSync(parent)).toEqual([writer.ulid]);
  });

  it('keeps no block without samples', () => {
    const parent = mkdtempSync(join(scratch, 'empty-'));
    expect(new BlockWriter(parent).finish()).toBeUndefined();
    expect(readdirSync(parent)).toEqual([]);
  });

  it('replaces what an earlier attempt left, and takes only ULIDs for names', () => {
    const parent = mkdtempSync(join(scratch, 'again-'));
    const first = new BlockWriter(parent);
    first.addSeries(encodeLabels(up(1)), [chunk(0, 10)]);
    const second = new BlockWriter(parent, { ulid: first.ulid });
    second.addSeries(encodeLabels(up(2)), [chunk(0, 10)]);
    expect(second.finish()?.stats.numSeries).toBe(1);
    expect(() => new BlockWriter(parent, { ulid: '../x' })).toThrow('not a ULID');
  });

  it('begins another chunk file where one is full', async () => {
    const parent = mkdtempSync(join(scratch, 'segments-'));
    const writer = new BlockWriter(parent, { segmentBytes: 5000 });
    const wanted: unknown[] = [];
    for (let i = 0; i < 50; i++) {
      // The last series alone is larger than a file.
      const chunks = Array.from({ length: i === 49 ? 40 : 3 }, (_, k) => chunk(k * 1_000_000, 20));
      writer.addSeries(encodeLabels(up(i)), chunks);
      wanted.push({
        labels: up(i),
        chunks: chunks.map(({ mint, maxt, encoding, bytes }) => ({
          mint,
          maxt,
          encoding,
          bytes: Buffer.from(bytes).toString('base64'),
        })),
      });
    }
    writer.finish();
    const folder = join(parent, writer.ulid);
    const names = readdirSync(join(folder, 'chunks'));
    expect(names.length).toBeGreaterThan(3);
    names.forEach((name, i) => {
      expect(name).toBe(String(i + 1).padStart(6, '0'));
      expect(statSync(join(folder, 'chunks', name)).size).toBeLessThanOrEqual(5000);
    });
    const block = await Block.open(folder);
    const found: unknown[] = [];
    for await (const batch of block.select([createMatcher('=', '__name__', 'up')], -Infinity, Infinity)) {
      for (let i = 0; i < batch.count; i++)
        found.push({ labels: labelsOfBatch(batch, i), chunks: chunksOfBatch(batch, i) });
    }
    expect(found).toEqual(wanted);
    expect(existsSync(join(folder, 'tombstones'))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'))).toEqual(block.meta);
    block.close();
  });

  it('gives chunks in the asked time range only, in batches of the asked size, up to the limit', async () => {
    const parent = mkdtempSync(join(scratch, 'range-'));
    const writer = new BlockWriter(parent);
    for (let i = 0; i < 100; i++)
      writer.addSeries(encodeLabels(up(i)), [chunk(0, 5), chunk(10_000, 5), chunk(20_000, 5)]);
    writer.finish();
    const block = await Block.open(join(parent, writer.ulid));
    const all = [createMatcher('=', '__name__', 'up')];
    let batches = 0;
    let chunks = 0;
    for await (const batch of block.select(all, 14_000, 19_999, { batchBytes: 500 })) {
      batches++;
      chunks += batch.chunkStart[batch.count];
    }
    expect(chunks).toBe(100);
    expect(batches).toBeGreaterThan(5);
    for await (const _ of block.select(all, 14_001, 19_999)) expect.unreachable();
    let series = 0;
    for await (const batch of block.select(all, 0, 30_000, { limit: 7, skipChunks: true })) {
      series += batch.count;
      expect(batch.chunkStart[batch.count]).toBe(0);
    }
    expect(series).toBe(7);
    block.close();
    await expect(block.select(all, 0, 1).next()).rejects.toThrow('closed');
  });
});
