import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMatcher, encodeLabels, SampleColumns } from '@tsanos/model';
import { goldenAvailable, goldenLines, goldenPath } from '@tsanos/model/testing';
import { decodeChunk, type SeriesBatch } from '@tsanos/series';
import { afterAll, describe, expect, it } from 'vitest';
import { FileReader } from '../range-reader.ts';
import { IndexReader } from '../index-file/index-reader.ts';
import { chunksOfBatch, labelsOfBatch, type DumpSeries } from '../testing/dump.ts';
import { Block } from './block.ts';
import { BlockWriter } from './block-writer.ts';

const golden = goldenAvailable();
const folderOf = (...parts: string[]): string => goldenPath('tsdb', 'blocks', ...parts);
const dumpOf = (name: string, ulid: string): DumpSeries[] => goldenLines('tsdb', 'blocks', name, `${ulid}.jsonl.gz`);
const scratch = mkdtempSync(join(tmpdir(), 'tsanos-block-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Case {
  case: string;
  ulid: string;
  symbols: number;
}

const cases = golden ? goldenLines<Case>('tsdb', 'blocks', 'cases.jsonl') : [];

describe.skipIf(!golden)('blocks written by Prometheus', () => {
  const everything = [createMatcher('=~', '__name__', '.*')];

  it.each(cases.map((c) => [c.case, c.ulid]))('%s %s reads equal to its dump', async (name, ulid) => {
    const folder = folderOf(name, ulid);
    const dump = dumpOf(name, ulid);
    const block = await Block.open(folder);
    const found: unknown[] = [];
    // Deletions have tests of their own.
    const plain = dump.filter((series) => series.tombstones === undefined);
    const deleted = new Set(
      dump.filter((series) => series.tombstones !== undefined).map((series) => JSON.stringify(series.labels)),
    );
    const rowsOf = async function* (): AsyncGenerator<unknown> {
      for await (const batch of block.select(everything, -Infinity, Infinity, { batchBytes: 20_000 })) {
        for (let i = 0; i < batch.count; i++) {
          const labels = labelsOfBatch(batch, i);
          if (!deleted.has(JSON.stringify(labels))) yield { labels, chunks: chunksOfBatch(batch, i) };
        }
      }
    };
    if (deleted.size === 0) for await (const row of rowsOf()) found.push(row);
    expect(block.tombstones.size).toBe(deleted.size);
    for (const series of dump) {
      expect(block.tombstones.of(series.ref)?.map(({ mint, maxt }) => [mint, maxt])).toEqual(series.tombstones);
    }
    if (deleted.size === 0) {
      expect(found).toEqual(
        plain.map(({ labels, chunks }) => ({ labels, chunks: chunks.map(({ ref: _, ...chunk }) => chunk) })),
      );
    }
    block.close();
  });

  it.each(cases.filter((c) => c.case !== 'tombstones').map((c) => [c.case, c.ulid]))(
    '%s %s has these samples',
    async (name, ulid) => {
      const block = await Block.open(folderOf(name, ulid));
      const dump = dumpOf(name, ulid);
      let n = 0;
      for await (const batch of block.select(everything, -Infinity, Infinity)) {
        for (let i = 0; i < batch.count; i++) expect(samplesOf(batch, i)).toEqual(sampleBits(dump[n++]));
      }
      expect(n).toBe(dump.length);
      block.close();
    },
  );

  it.each(cases.filter((c) => !c.case.startsWith('meta-')).map((c) => [c.case, c.ulid]))(
    '%s %s is written byte for byte',
    async (name, ulid) => {
      const folder = folderOf(name, ulid);
      const dump = dumpOf(name, ulid);
      const file = FileReader.open(join(folder, 'index'));
      const symbols = [...(await IndexReader.open(file)).symbols];
      file.close();
      const parent = mkdtempSync(join(scratch, 'write-'));
      const writer = new BlockWriter(parent, {
        ulid,
        symbols,
        ...(name === 'many-chunks' ? { segmentBytes: 64 * 1024 } : {}),
      });
      for (const { labels, chunks } of dump) {
        const bodies = chunks.map(({ mint, maxt, encoding, bytes }) => {
          const body = Buffer.from(bytes, 'base64');
          return { mint, maxt, encoding, bytes: body, offset: 0, length: body.length };
        });
        writer.addSeries(encodeLabels(labels), bodies);
      }
      const meta = writer.finish();
      expect(readdirSync(parent)).toEqual([ulid]);
      const written = join(parent, ulid);
      const names = readdirSync(join(folder, 'chunks'));
      expect(readdirSync(join(written, 'chunks'))).toEqual(names);
      for (const part of names)
        expect(readFileSync(join(written, 'chunks', part)).equals(readFileSync(join(folder, 'chunks', part)))).toBe(
          true,
        );
      expect(readFileSync(join(written, 'index')).equals(readFileSync(join(folder, 'index')))).toBe(true);
      expect(meta?.stats.numSeries).toBe(dump.length);
      expect(meta?.stats.numFloatSamples).toBe(dump.reduce((sum, series) => sum + (series.floats ?? []).length, 0));
      expect(meta?.stats.numHistogramSamples).toBe(
        dump.reduce((sum, series) => sum + (series.histograms ?? []).length, 0),
      );
    },
  );
});

/** `[t, bits]` of every sample of a series of a batch; of a histogram the bits of its sum. */
function samplesOf(batch: SeriesBatch, i: number): [number, string][] {
  const columns = new SampleColumns();
  for (let k = batch.chunkStart[i]; k < batch.chunkStart[i + 1]; k++) {
    const buffer = batch.chunkBuffers[batch.chunkBuffer[k]];
    decodeChunk(
      buffer,
      batch.chunkOffset[k],
      batch.chunkLength[k],
      batch.chunkEncoding[k],
      -Infinity,
      Infinity,
      columns,
    );
  }
  const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
  return Array.from({ length: columns.n }, (_, k) => [columns.t[k], hex(columns.w[2 * k + 1]) + hex(columns.w[2 * k])]);
}

/** The same of a dump, floats and histograms in order of time. */
function sampleBits({ floats, histograms }: Pick<DumpSeries, 'floats' | 'histograms'>): [number, string][] {
  const sums = (histograms ?? []).map(([t, h]): [number, string] => [t, (h as { sum: string }).sum]);
  return [...(floats ?? []).map(([t, bits]): [number, string] => [t, bits]), ...sums].sort((a, b) => a[0] - b[0]);
}

describe.skipIf(!golden)('deletions', () => {
  it('hide samples as Prometheus hides them', async () => {
    const { ulid } = cases.find((c) => c.case === 'tombstones') ?? { ulid: '' };
    const dump = dumpOf('tombstones', ulid);
    const block = await Block.open(folderOf('tombstones', ulid));
    const found = new Map<string, [number, string][]>();
    for await (const batch of block.select([createMatcher('=~', '__name__', '.+')], -Infinity, Infinity)) {
      for (let i = 0; i < batch.count; i++) found.set(JSON.stringify(labelsOfBatch(batch, i)), samplesOf(batch, i));
    }
    for (const { labels, visible, floats, histograms, tombstones } of dump) {
      const wanted = sampleBits(visible ?? { floats, histograms });
      expect(found.get(JSON.stringify(labels)) ?? [], JSON.stringify([labels, tombstones])).toEqual(wanted);
    }
    expect(dump.filter((series) => series.visible !== undefined).length).toBe(16);
    block.close();
  });
});

interface Broken {
  case: string;
  ulid: string;
  open: string;
  read: string;
  samples: number;
  changes: { file: string; op: string; offset?: number; size?: number; xor?: number; bytes?: string }[];
}

function apply(folder: string, changes: Broken['changes']): void {
  for (const { file, op, offset = 0, size = 0, xor = 0, bytes = '' } of changes) {
    const path = join(folder, file);
    if (op === 'remove') rmSync(path, { recursive: true });
    else if (op === 'truncate') truncateSync(path, size);
    else if (op === 'zero') writeFileSync(path, new Uint8Array(size));
    else {
      const content = readFileSync(path);
      if (op === 'xor') content[offset] ^= xor;
      else content.set(Buffer.from(bytes, 'base64'), offset);
      writeFileSync(path, content);
    }
  }
}

/** Where our text differs from Prometheus' because the layer below words it. */
const OWN_WORDS: Readonly<Record<string, RegExp>> = {
  'index-empty': /invalid size: the file has no header/,
  'index-missing': /no such file or directory/,
  'chunk-folder-missing': /no such file or directory/,
  'meta-missing': /no such file or directory/,
  'meta-not-json': /meta\.json: .*JSON/,
  'meta-truncated': /meta\.json: .*JSON/,
  'meta-bad-ulid': /is not a ULID/,
};

describe.skipIf(!golden)('damaged blocks', () => {
  const broken = golden ? goldenLines<Broken>('tsdb', 'blocks', 'broken.jsonl') : [];

  it.each(broken.map((b) => [b.case, b] as const))('%s', async (name, damage) => {
    const folder = join(scratch, `broken-${name}`, damage.ulid);
    cpSync(folderOf('broken', damage.ulid), folder, { recursive: true });
    apply(folder, damage.changes);
    const read = async (): Promise<number> => {
      const block = await Block.open(folder);
      let series = 0;
      try {
        for await (const batch of block.select([createMatcher('=', '__name__', 'odd')], -Infinity, Infinity, {
          batchBytes: 1,
        }))
          series += batch.count;
      } finally {
        block.close();
      }
      return series;
    };
    const expected = damage.open || damage.read;
    if (expected === '') {
      // Each of the five series has 50 samples.
      expect(await read()).toBe(damage.samples / 50);
      return;
    }
    const error = await read().then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error, `want: ${expected}`).toMatchObject({ name: 'TsanosError' });
    expect(error?.message).toContain(damage.ulid);
    // The last part of Prometheus' text is the fact; what comes before says where.
    if (OWN_WORDS[name] !== undefined) expect(error?.message).toMatch(OWN_WORDS[name]);
    else expect(error?.message).toContain(expected.split(': ').at(-1));
  });
});
