import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newUlid } from '@tsanos/bytes';
import { Labels } from '@tsanos/model';
import { FilesystemBucket, MemoryBucket, type Bucket } from '@tsanos/objstore';
import { CrashError, CrashPoint, ObservedBucket } from '@tsanos/objstore/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMeta, parseMeta } from '../meta/meta.ts';
import { fakeMeta } from '../testing/fake-meta.ts';
import { Shipper } from './shipper.ts';
import { realFiles } from './shipper-files.ts';
import { SHIPPER_STATE_FILE } from './shipper-state.ts';

const ulids = [newUlid(1_700_000_000_000), newUlid(1_700_007_200_000)];
const labels = (): Labels => Labels.from({ cluster: 'a' });
const content = (ulid: string, name: string): Buffer => Buffer.from(`${name} of ${ulid}`.repeat(50));
const parts = ['chunks/000001', 'chunks/000002', 'index'];

async function makeBlock(dir: string, ulid: string, at: number): Promise<void> {
  await fs.mkdir(join(dir, ulid, 'chunks'), { recursive: true });
  for (const part of parts) await fs.writeFile(join(dir, ulid, part), content(ulid, part));
  await fs.writeFile(
    join(dir, ulid, 'meta.json'),
    encodeMeta(fakeMeta(ulid, { minTime: at * 7_200_000, maxTime: (at + 1) * 7_200_000, labels: {} })),
  );
}

/** ULIDs whose meta.json is visible; each must be whole. */
async function visible(bucket: Bucket): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of bucket.list('', { recursive: true })) {
    expect(name).toMatch(/^[0-9A-Z]{26}\/(chunks\/00000[12]|index|meta\.json)$/);
    if (name.endsWith('/meta.json')) found.push(name.slice(0, 26));
  }
  for (const ulid of found) {
    expect([...parseMeta(await bucket.get(`${ulid}/meta.json`)).thanos.labels]).toEqual([['cluster', 'a']]);
    for (const part of parts)
      expect(Buffer.compare(await bucket.get(`${ulid}/${part}`), content(ulid, part)), `${ulid}/${part}`).toBe(0);
  }
  return found;
}

describe.each(['filesystem', 'memory'] as const)('a shipper that dies at any operation, %s', (kind) => {
  let root: string;
  let dir: string;
  beforeEach(async () => {
    root = await fs.mkdtemp(join(tmpdir(), 'shipper-crash-'));
    dir = join(root, 'data');
    for (const [i, ulid] of ulids.entries()) await makeBlock(dir, ulid, i);
  });
  afterEach(() => fs.rm(root, { recursive: true, force: true }));

  /** One life that dies at k, then a second that does not; whether the first died. */
  async function live(k: number, when: 'before' | 'after' | 'torn'): Promise<boolean> {
    await fs.rm(join(root, 'bucket'), { recursive: true, force: true });
    await fs.rm(join(dir, SHIPPER_STATE_FILE), { force: true });
    await fs.rm(join(dir, 'thanos'), { recursive: true, force: true });
    const crash = new CrashPoint(k, when);
    const store: Bucket = kind === 'memory' ? new MemoryBucket() : new FilesystemBucket(join(root, 'bucket'));
    // In memory an upload is one step, in a folder it is the file operations that count.
    const bucket =
      kind === 'memory'
        ? crash.wrap(store, new Set(['get', 'exists', 'upload', 'uploadFile']))
        : new FilesystemBucket(join(root, 'bucket'), crash.wrap({ ...fs }));
    const options = { dir, labels, source: 'sidecar', uploadConcurrency: 1 };
    const first = new Shipper({ ...options, bucket, files: crash.wrap({ ...realFiles }) });
    const error = await first.sync().then(
      () => undefined,
      (e: unknown) => e,
    );
    if (!crash.dead) expect(error).toBeUndefined();
    else if (error !== undefined)
      expect(String(error) + String((error as Error).cause), String(k)).toContain(new CrashError().message);
    const before = await visible(store);
    const observed = new ObservedBucket(store);
    await new Shipper({ ...options, bucket: observed }).sync();
    expect((await visible(store)).sort()).toEqual(ulids);
    const again = observed.log
      .filter((line) => line.startsWith('upload') && line.endsWith('meta.json'))
      .map((line) => line.slice(7, 33));
    expect([...before, ...again].sort(), 'each block is uploaded once').toEqual(ulids);
    expect(await fs.readdir(join(dir, 'thanos', 'upload')).catch(() => [])).toEqual([]);
    expect(JSON.parse(await fs.readFile(join(dir, SHIPPER_STATE_FILE), 'utf8'))).toEqual({
      version: 1,
      uploaded: ulids,
    });
    return crash.dead;
  }

  // An upload to memory cannot be torn.
  it.each(kind === 'memory' ? (['before', 'after'] as const) : (['before', 'after', 'torn'] as const))(
    '%s',
    { timeout: 60_000 },
    async (when) => {
      let k = 1;
      while (await live(k, when)) k++;
      console.info(`${kind}, ${when}: died at each of ${k - 1} operations`);
      expect(k).toBeGreaterThan(30);
    },
  );
});
