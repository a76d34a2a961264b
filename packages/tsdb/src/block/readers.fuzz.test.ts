import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TsanosError } from '@tsanos/bytes';
import { createMatcher, encodeLabels } from '@tsanos/model';
import { xorChunkOf } from '@tsanos/series/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { IndexReader } from '../index-file/index-reader.ts';
import { postingsForMatchers } from '../index-file/postings-for-matchers.ts';
import { SeriesRows } from '../index-file/series-rows.ts';
import { readToc, TOC_BYTES } from '../index-file/toc.ts';
import { MemoryReader } from '../range-reader.ts';
import { ChunkSegments } from '../segments/segment-reader.ts';
import { mutate, reseal, rolls, SEED, SOAK } from '../testing/fuzz.ts';
import { Tombstones } from '../tombstones/tombstones.ts';
import { BlockWriter } from './block-writer.ts';
import { parseBlockMeta } from './meta.ts';

const RUNS = Math.round((SOAK < 1 ? 20_000 : 1_000_000) * SOAK);
const TIMEOUT_MS = SOAK < 1 ? 60_000 : 3_600_000 * SOAK;
/** What one input may cost; the time is above the promised 50 ms since another process may get the core. */
const MAX_MS = 250;
const MAX_BYTES = 64 * 1024 * 1024;

const scratch = mkdtempSync(join(tmpdir(), 'tsanos-fuzz-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A block small enough that mutations hit something. */
function smallBlock(): string {
  const writer = new BlockWriter(scratch, { symbols: ['', 'unused'] });
  for (let i = 0; i < 40; i++) {
    const chunks = [0, 1, 2].map((k) => {
      const { mint, maxt, encoding, bytes } = xorChunkOf([
        [k * 1000, i],
        [k * 1000 + 500, k],
      ]);
      return { mint, maxt, encoding, bytes, offset: 0, length: bytes.length };
    });
    writer.addSeries(
      encodeLabels([
        ['__name__', 'm'],
        ['i', String(i).padStart(3, '0')],
      ]),
      chunks,
    );
  }
  writer.finish();
  return join(scratch, writer.ulid);
}

const folder = smallBlock();
const file = (...name: string[]): Uint8Array => readFileSync(join(folder, ...name));

/** Runs `read` on damaged copies: it may only succeed or throw a TsanosError, quickly and without much memory. Returns how often it succeeded. */
async function fuzz(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => Promise<void> | void,
  seal?: (bytes: Uint8Array) => void,
): Promise<number> {
  let good = 0;
  for (let n = 0; n < RUNS; n++) {
    const seed = SEED + n;
    const roll = rolls(seed);
    const input = mutate(bytes, roll);
    if (seal !== undefined && roll(4) > 0) seal(input);
    const memory = process.memoryUsage.rss();
    const start = performance.now();
    try {
      await read(input);
      good++;
    } catch (error) {
      if (!(error instanceof TsanosError)) throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    }
    expect(performance.now() - start, `time of seed ${seed}`).toBeLessThan(MAX_MS);
    expect(process.memoryUsage.rss() - memory, `memory of seed ${seed}`).toBeLessThan(MAX_BYTES);
  }
  return good;
}

/** Where the parts with checksums lie in the undamaged index. */
async function sealsOf(index: Uint8Array): Promise<(bytes: Uint8Array) => void> {
  const toc = readToc(index.subarray(-TOC_BYTES), index.length, 'index');
  const reader = await IndexReader.open(new MemoryReader(index));
  const parts: [number, number][] = [];
  const view = new DataView(index.buffer, index.byteOffset);
  const section = (at: number): void => {
    parts.push([at + 4, at + 4 + view.getUint32(at)]);
  };
  section(toc.symbols);
  section(toc.postingsOffsetTable);
  for (const name of ['', ...reader.labelNames()]) {
    for (const value of name === '' ? [''] : reader.labelValues(name))
      section((reader.table.range(name, value)?.start ?? 4) - 4);
  }
  for (const ref of await reader.allPostings()) parts.push([ref * 16 + 1, ref * 16 + 1 + index[ref * 16]]);
  parts.push([index.length - TOC_BYTES, index.length - 4]);
  return (bytes) => {
    for (const [from, end] of parts) reseal(bytes, from, end);
  };
}

describe(`readers under damaged input (seed ${SEED})`, { timeout: TIMEOUT_MS }, () => {
  it('index', async () => {
    const index = file('index');
    const good = await fuzz(
      index,
      async (bytes) => {
        const reader = await IndexReader.open(new MemoryReader(bytes));
        for (const name of reader.labelNames()) reader.labelValues(name, undefined, '0');
        const refs = await postingsForMatchers(reader, [
          createMatcher('=~', 'i', '0.*'),
          createMatcher('!=', 'i', '003'),
        ]);
        const rows = new SeriesRows();
        await reader.readSeries(refs, 0, refs.length, -Infinity, Infinity, true, rows);
      },
      await sealsOf(index),
    );
    expect(good).toBeGreaterThan(0);
    expect(good).toBeLessThan(RUNS);
  });

  it('segments', async () => {
    const places = { segment: new Uint32Array(120), offset: new Uint32Array(120), end: new Uint32Array(120) };
    const chunks = file('chunks', '000001');
    let at = 8;
    const parts: [number, number][] = [];
    for (let i = 0; i < 120; i++) {
      places.offset[i] = at;
      parts.push([at + 1, at + 2 + chunks[at]]);
      at += 2 + chunks[at] + 4;
    }
    const good = await fuzz(
      chunks,
      async (bytes) => {
        const segments = await ChunkSegments.open([new MemoryReader(bytes)]);
        for (let i = 0; i < 120; i += 7) await segments.read(places, i, i + 1);
        await segments.read(places, 0, 120);
      },
      (bytes) => parts.forEach(([from, end]) => reseal(bytes, from, end)),
    );
    expect(good).toBeGreaterThan(0);
  });

  it('tombstones', async () => {
    const tombstones = new Tombstones();
    for (let i = 0; i < 50; i++) tombstones.add(i, { mint: i * 1000, maxt: i * 1000 + (i % 7) * 100 });
    const good = await fuzz(
      tombstones.encode(),
      (bytes) => {
        Tombstones.read(bytes).encode();
      },
      (bytes) => reseal(bytes, 5, bytes.length - 4),
    );
    expect(good).toBeGreaterThan(RUNS / 10);
  });

  it('meta.json', async () => {
    await fuzz(file('meta.json'), (bytes) => {
      parseBlockMeta(bytes);
    });
  });
});
