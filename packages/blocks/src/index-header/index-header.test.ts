import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeLabels } from '@tsanos/model';
import { goldenAvailable, goldenLines, goldenPath } from '@tsanos/model/testing';
import { IndexWriter } from '@tsanos/tsdb';
import { afterAll, describe, expect, it } from 'vitest';
import { IndexHeader } from './index-header.ts';
import { LazyIndexHeader } from './lazy-index-header.ts';
import { writeIndexHeader, type HeaderBucket } from './write-index-header.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tsanos-header-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const ULID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

/** A bucket with one index that counts what is read of it. */
class OneIndex implements HeaderBucket {
  readonly #bytes: Uint8Array;
  readBytes = 0;
  reads = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async attributes(name: string) {
    expect(name).toBe(`${ULID}/index`);
    return { sizeBytes: this.#bytes.length, lastModifiedMs: 0 };
  }

  async getRange(_name: string, offset: number, length: number) {
    const bytes = this.#bytes.slice(offset, offset + length);
    this.readBytes += bytes.length;
    this.reads++;
    return bytes;
  }
}

interface Line {
  kind: 'header' | 'symbols' | 'postings-offsets' | 'all-postings';
  block: string;
  indexVersion: number;
  labelNames: string[];
  labelValues: Record<string, string[] | null>;
  count: number;
  some: [number, string][];
  beyond: { error: string; ref: number };
  name: string;
  values: string[];
  ranges: [number, number][];
  range: [number, number];
}

const golden = goldenAvailable();
const lines = golden ? goldenLines<Line>('thanos', 'index-header', 'lookups.jsonl.gz') : [];

describe.skipIf(!golden).each(['tiny', 'many-values', 'utf8', 'many-names'])('index-header of %s', (name) => {
  const path = join(scratch, name, 'index-header');
  const own = lines.filter((line) => line.block === name);

  it('is byte for byte what Thanos writes, from range reads', async () => {
    const index = readFileSync(goldenPath('thanos', 'index-header', name, 'index'));
    const bucket = new OneIndex(index);
    await writeIndexHeader(bucket, ULID, path);
    expect(readFileSync(path).equals(readFileSync(goldenPath('thanos', 'index-header', name, 'index-header')))).toBe(
      true,
    );
    expect(bucket.readBytes).toBeLessThan(index.length);
    expect(readdirSync(join(scratch, name))).toEqual(['index-header']);
  });

  it('answers look-ups as Thanos does, here and in another thread', async () => {
    const first = await IndexHeader.open(goldenPath('thanos', 'index-header', name, 'index-header'));
    for (const header of [first, IndexHeader.from(structuredClone(first.shared))]) {
      expect(own.length).toBeGreaterThan(4);
      for (const line of own) check(header, line);
      header.close();
    }
  });
});

function check(header: IndexHeader, line: Line): void {
  const pair = (range: { start: number; end: number } | undefined) =>
    range === undefined ? [-1, -1] : [range.start, range.end];
  if (line.kind === 'header') {
    expect(header.indexVersion).toBe(line.indexVersion);
    expect(header.labelNames()).toEqual(line.labelNames);
    for (const [label, values] of Object.entries(line.labelValues)) {
      expect(header.labelValues(label)).toEqual(values ?? []);
      expect(header.labelValues(label, undefined, 'po')).toEqual(
        (values ?? []).filter((value) => value.startsWith('po')),
      );
      expect(header.labelValues(label, (value) => value.endsWith('1'))).toEqual(
        (values ?? []).filter((value) => value.endsWith('1')),
      );
    }
  } else if (line.kind === 'symbols') {
    expect(header.symbolCount).toBe(line.count);
    for (const [id, symbol] of line.some) expect(header.lookupSymbol(id)).toBe(symbol);
    expect(() => header.lookupSymbol(line.beyond.ref)).toThrow(line.beyond.error);
  } else if (line.kind === 'postings-offsets') {
    const ranges = line.ranges.length === 0 ? line.values.map(() => [-1, -1]) : line.ranges;
    expect(header.postingsRanges(line.name, line.values).map(pair)).toEqual(ranges);
    expect(line.values.map((value) => pair(header.postingsRange(line.name, value)))).toEqual(ranges);
  } else expect(pair(header.postingsRange('', ''))).toEqual(line.range);
}

/** An index with `count` series. */
function smallIndex(count: number): Uint8Array {
  const path = join(scratch, `index-${count}`);
  const writer = new IndexWriter(path);
  for (let i = 0; i < count; i++) {
    const id = String(i).padStart(6, '0');
    writer.addSeries(
      encodeLabels([
        ['__name__', 'up'],
        ['instance', `host-${id}`],
      ]),
      [{ mint: 0, maxt: 1 }],
      [8 + 16 * i],
    );
  }
  writer.finish();
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

describe('lazy index-header', () => {
  it('builds once for many callers, loads again after idling, and builds a damaged file again', async () => {
    const bucket = new OneIndex(smallIndex(100));
    const path = join(scratch, 'lazy', 'index-header');
    const reasons: string[] = [];
    const lazy = new LazyIndexHeader({ bucket, ulid: ULID, path, onRebuild: (reason) => reasons.push(reason) });
    expect(lazy.loaded).toBe(false);
    const leases = await Promise.all([lazy.acquire(), lazy.acquire(), lazy.acquire()]);
    const reads = bucket.reads;
    expect(leases[0].header).toBe(leases[2].header);
    expect(leases[0].header.labelValues('instance').length).toBe(100);
    for (const lease of leases.slice(1)) lease[Symbol.dispose]();
    expect(lazy.unloadIfIdle(0)).toBe(false);
    leases[0][Symbol.dispose]();
    leases[0][Symbol.dispose]();
    expect(lazy.unloadIfIdle(60_000)).toBe(false);
    expect(lazy.unloadIfIdle(0)).toBe(true);
    await lazy.prepare();
    expect(bucket.reads).toBe(reads);

    const good = readFileSync(path);
    // Any damage: in each section, and a cut.
    for (const damage of [0, 4, 5, 20, good.length - 100, good.length - 3, -1]) {
      lazy.unloadIfIdle(0);
      const bad = Buffer.from(damage < 0 ? good.subarray(0, good.length - 7) : good);
      if (damage >= 0) bad[damage] ^= 0x40;
      writeFileSync(path, bad);
      reasons.length = 0;
      using lease = await lazy.acquire();
      expect(lease.header.postingsRange('__name__', 'up'), `damage at ${damage}`).toBeDefined();
      expect(reasons.length, `damage at ${damage}`).toBe(1);
      expect(readFileSync(path).equals(good)).toBe(true);
    }
    lazy.close();
    await expect(lazy.acquire()).rejects.toThrow('closed');
  });

  it('leaves nothing behind when the bucket fails', async () => {
    const bucket = new OneIndex(smallIndex(10));
    const path = join(scratch, 'failing', 'index-header');
    const failing: HeaderBucket = {
      attributes: (name) => bucket.attributes(name),
      getRange: (name, offset, length) =>
        offset > 10 ? Promise.resolve(new Uint8Array(0)) : bucket.getRange(name, offset, length),
    };
    await expect(writeIndexHeader(failing, ULID, path)).rejects.toMatchObject({ kind: 'corrupt' });
    const short: HeaderBucket = {
      attributes: (name) => bucket.attributes(name),
      getRange: async (name, offset, length) =>
        (await bucket.getRange(name, offset, length)).subarray(0, length === 5 || length === 52 ? length : 3),
    };
    await expect(writeIndexHeader(short, ULID, path)).rejects.toMatchObject({ kind: 'retryable' });
    expect(readdirSync(join(scratch, 'failing'))).toEqual([]);
  });
});
