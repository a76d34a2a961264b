import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeMarker,
  encodeMeta,
  emptyMeta,
  IndexHeader,
  parseMarker,
  parseMeta,
  writeIndexHeader,
} from '@tsanos/blocks';
import { createMatcher, encodeLabels } from '@tsanos/model';
import { xorChunkOf } from '@tsanos/series/testing';
import {
  BlockWriter,
  ChunkSegments,
  IndexReader,
  MemoryReader,
  parseBlockMeta,
  postingsForMatchers,
  readToc,
  SeriesRows,
  TOC_BYTES,
  Tombstones,
} from '@tsanos/tsdb';
import { mutate, reseal } from '@tsanos/tsdb/testing';
import { mangle } from './mangle.ts';
import type { FuzzTarget, FuzzTargets } from './run-target.ts';

const ULID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const MATCHERS = [createMatcher('=~', 'i', '0.*'), createMatcher('!=', 'i', '003')];
const SERIES = 40;
const JSON_PIECES = [
  '{',
  '[',
  '"',
  '\\u12',
  'null',
  '1e9',
  '-',
  ',',
  '99999999999999999999',
  '\xff',
  'true',
  '{"version":1}',
];

/** The readers of what lies in a block folder, over a small block in a folder of their own, which `close` removes. */
export async function blockTargets(): Promise<FuzzTargets> {
  const scratch = mkdtempSync(join(tmpdir(), 'tsanos-fuzz-'));
  const folder = smallBlock(scratch);
  const index = new Uint8Array(readFileSync(join(folder, 'index')));
  const chunks = new Uint8Array(readFileSync(join(folder, 'chunks/000001')));
  const targets = [
    await indexTarget(index),
    await indexHeaderTarget(index, scratch),
    segmentTarget(chunks),
    tombstoneTarget(),
    jsonTarget('meta.json of Prometheus', readFileSync(join(folder, 'meta.json')), parseBlockMeta),
    jsonTarget('meta.json of Thanos', encodeMeta({ ...emptyMeta(), ulid: ULID }), (bytes) => {
      encodeMeta(parseMeta(bytes));
    }),
    jsonTarget('deletion mark', marker('deletion-mark'), (bytes) => parseMarker('deletion-mark', ULID, bytes)),
    jsonTarget('no-compact mark', marker('no-compact-mark'), (bytes) => parseMarker('no-compact-mark', ULID, bytes)),
  ];
  return { targets, close: () => rmSync(scratch, { recursive: true, force: true }) };
}

function marker(kind: 'deletion-mark' | 'no-compact-mark'): Uint8Array {
  return encodeMarker(kind, { id: ULID, details: 'd', time: 1_700_000_000, reason: 'manual' });
}

/** A block small enough that mutations hit something. */
function smallBlock(scratch: string): string {
  const writer = new BlockWriter(scratch, { symbols: ['', 'unused'] });
  for (let i = 0; i < SERIES; i++) {
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

/** Damages `bytes` and makes the checksums of `[from, end)` good again, mostly: what lies behind them is to be reached. */
function damaged(bytes: Uint8Array, parts: readonly (readonly [number, number])[]): FuzzTarget['input'] {
  return (roll) => {
    const input = mutate(bytes, roll);
    if (roll(4) > 0) for (const [from, end] of parts) reseal(input, from, end);
    return input;
  };
}

async function indexTarget(index: Uint8Array): Promise<FuzzTarget> {
  const toc = readToc(index.subarray(-TOC_BYTES), index.length, 'index');
  const reader = await IndexReader.open(new MemoryReader(index));
  const view = new DataView(index.buffer, index.byteOffset);
  const parts: [number, number][] = [];
  const section = (at: number): void => {
    parts.push([at + 4, at + 4 + view.getUint32(at)]);
  };
  section(toc.symbols);
  section(toc.postingsOffsetTable);
  for (const name of ['', ...reader.labelNames()]) {
    for (const value of name === '' ? [''] : reader.labelValues(name)) {
      section((reader.table.range(name, value)?.start ?? 4) - 4);
    }
  }
  for (const ref of await reader.allPostings()) parts.push([ref * 16 + 1, ref * 16 + 1 + index[ref * 16]]);
  parts.push([index.length - TOC_BYTES, index.length - 4]);
  return {
    name: 'index',
    input: damaged(index, parts),
    read: async (bytes) => {
      const opened = await IndexReader.open(new MemoryReader(bytes));
      for (const name of opened.labelNames()) opened.labelValues(name, undefined, '0');
      const refs = await postingsForMatchers(opened, MATCHERS);
      await opened.readSeries(refs, 0, refs.length, -Infinity, Infinity, true, new SeriesRows());
    },
  };
}

async function indexHeaderTarget(index: Uint8Array, scratch: string): Promise<FuzzTarget> {
  const bucket = {
    attributes: async () => ({ sizeBytes: index.length, lastModifiedMs: 0 }),
    getRange: async (_: string, offset: number, length: number) => index.slice(offset, offset + length),
  };
  const path = join(scratch, 'index-header');
  await writeIndexHeader(bucket, ULID, path);
  const good = new Uint8Array(readFileSync(path));
  const toc = good.length - 20;
  const view = new DataView(good.buffer, good.byteOffset);
  // The two places at the end say where symbols and table lie.
  const parts = [Number(view.getBigUint64(toc)), Number(view.getBigUint64(toc + 8))].map((at): [number, number] => [
    at + 4,
    at + 4 + view.getUint32(at),
  ]);
  parts.push([toc - TOC_BYTES, toc - 4], [toc, toc + 16]);
  return {
    name: 'index-header',
    input: damaged(good, parts),
    read: async (bytes) => {
      writeFileSync(path, bytes);
      const header = await IndexHeader.open(path);
      try {
        for (const name of header.labelNames()) header.postingsRanges(name, header.labelValues(name, undefined, '0'));
        for (let id = 0; id < header.symbolCount; id += 7) header.lookupSymbol(id);
      } finally {
        header.close();
      }
    },
  };
}

function segmentTarget(chunks: Uint8Array): FuzzTarget {
  const count = SERIES * 3;
  const places = { segment: new Uint32Array(count), offset: new Uint32Array(count), end: new Uint32Array(count) };
  const parts: [number, number][] = [];
  for (let i = 0, at = 8; i < count; i++, at += 2 + chunks[at] + 4) {
    places.offset[i] = at;
    parts.push([at + 1, at + 2 + chunks[at]]);
  }
  return {
    name: 'chunk segment',
    input: damaged(chunks, parts),
    read: async (bytes) => {
      const segments = await ChunkSegments.open([new MemoryReader(bytes)]);
      for (let i = 0; i < count; i += 17) await segments.read(places, i, i + 1);
      await segments.read(places, 0, count);
    },
  };
}

function tombstoneTarget(): FuzzTarget {
  const tombstones = new Tombstones();
  for (let i = 0; i < 50; i++) tombstones.add(i, { mint: i * 1000, maxt: i * 1000 + (i % 7) * 100 });
  const good = tombstones.encode();
  return {
    name: 'tombstones',
    input: (roll) => {
      const input = mutate(good, roll);
      if (roll(4) > 0) reseal(input, 5, input.length - 4);
      return input;
    },
    read: (bytes) => {
      Tombstones.read(bytes).encode();
    },
  };
}

function jsonTarget(name: string, good: Uint8Array, read: (bytes: Uint8Array) => unknown): FuzzTarget {
  return {
    name,
    input: (roll) => (roll(3) === 0 ? mutate(good, roll) : mangle(good, JSON_PIECES, roll)),
    read: (bytes) => void read(bytes),
  };
}
