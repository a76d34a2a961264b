import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMeta, parseMeta } from '@tsanos/blocks';
import { fakeMeta } from '@tsanos/blocks/testing';
import { newUlid } from '@tsanos/bytes';
import { Labels } from '@tsanos/model';
import { S3Server } from '@tsanos/objstore/testing';
import { FakePrometheus } from '@tsanos/sidecar/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from './src/process.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

const BLOCKS = 4;
const FILES = ['chunks/000001', 'chunks/000002', 'index'];
/** Lives that end by SIGKILL before the one that may finish. */
const LIVES = Math.max(3, Math.round(30 * Number(process.env['TSANOS_SOAK'] ?? '0.1')));
const seed = Number(process.env['TSANOS_SEED'] ?? Date.now() % 2 ** 31);

/** Numbers in [0, 1) that a seed repeats. */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const content = (ulid: string, name: string): Buffer => Buffer.from(`${ulid} ${name} `.repeat(40_000));

/** A bucket as the test looks into it. */
interface Looked {
  keys(): Promise<string[]>;
  body(key: string): Promise<Buffer>;
}

describe.each(['S3', 'FILESYSTEM'] as const)('a sidecar killed while it uploads to %s', (kind) => {
  let dir: string;
  let prometheus: FakePrometheus;
  let s3: S3Server;
  let sidecar: RunningTsanos | undefined;
  const ulids = Array.from({ length: BLOCKS }, (_, i) => newUlid(1_700_000_000_000 + i));

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tsanos-crash-'));
    prometheus = await FakePrometheus.start({ externalLabels: Labels.from({ cluster: 'a' }) });
    s3 = await S3Server.start();
    for (const [i, ulid] of ulids.entries()) {
      await mkdir(join(dir, 'data', ulid, 'chunks'), { recursive: true });
      for (const name of FILES) await writeFile(join(dir, 'data', ulid, name), content(ulid, name));
      const meta = fakeMeta(ulid, { minTime: i * 7_200_000, maxTime: (i + 1) * 7_200_000, labels: {} });
      await writeFile(join(dir, 'data', ulid, 'meta.json'), encodeMeta(meta));
    }
  });
  afterEach(async () => {
    sidecar?.process.kill();
    await prometheus.close();
    await s3.close();
    await rm(dir, { recursive: true, force: true });
  });

  const bucketDir = (): string => join(dir, 'bucket');
  const bucket: Looked =
    kind === 'S3'
      ? { keys: async () => s3.keys(), body: async (key) => s3.body(key)! }
      : {
          keys: async () =>
            (await readdir(bucketDir(), { recursive: true, withFileTypes: true }).catch(() => []))
              .filter((entry) => entry.isFile())
              .map((entry) => join(entry.parentPath, entry.name).slice(bucketDir().length + 1)),
          body: (key) => readFile(join(bucketDir(), key)),
        };

  /** Text of each meta.json that is visible; its block must be whole. */
  async function visible(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const key of await bucket.keys()) {
      if (!key.endsWith('/meta.json')) continue;
      const ulid = key.slice(0, 26);
      const text = (await bucket.body(key)).toString();
      expect([...parseMeta(Buffer.from(text)).thanos.labels]).toEqual([['cluster', 'a']]);
      for (const name of FILES)
        expect((await bucket.body(`${ulid}/${name}`)).equals(content(ulid, name)), `${ulid}/${name}`).toBe(true);
      found.set(ulid, text);
    }
    return found;
  }

  const start = (): Promise<RunningTsanos> =>
    startTsanos(
      'sidecar',
      [
        `--prometheus.url=${prometheus.url}`,
        `--tsdb.path=${join(dir, 'data')}`,
        `--objstore.config=${kind === 'S3' ? s3.yaml() : `{type: FILESYSTEM, config: {directory: ${bucketDir()}}}`}`,
      ],
      { waitReady: false },
    );

  it('shows whole blocks only, loses none, uploads none twice', async () => {
    console.info(`${kind}: seed ${seed}, ${LIVES} lives`);
    const random = randomOf(seed);
    const first = new Map<string, string>();
    for (let life = 0; life < LIVES; life++) {
      let puts = Math.floor(random() * 6);
      // On S3 it dies with a request under way; on a folder some moment after it began.
      s3.fault = (method) => {
        if (method === 'PUT' && puts-- <= 0) sidecar?.process.kill();
        return undefined;
      };
      sidecar = await start();
      if (kind === 'FILESYSTEM') {
        await sidecar.process.until('an upload', () => sidecar!.process.output.includes('upload new block'));
        await sleep(random() * 25);
        sidecar.process.kill();
      }
      const done = async (): Promise<boolean> => (await visible()).size === BLOCKS;
      await eventually('dead, or done', async () => !sidecar!.process.running || (await done()));
      sidecar.process.kill();
      await sidecar.process.exited();
      for (const [ulid, text] of await visible()) {
        expect(text, 'a block that was there is untouched').toBe(first.get(ulid) ?? text);
        first.set(ulid, text);
      }
      if (first.size === BLOCKS) break;
    }
    s3.fault = undefined;
    sidecar = await start();
    await eventually('all uploaded', async () => (await visible()).size === BLOCKS);
    for (const [ulid, text] of await visible()) expect(text).toBe(first.get(ulid) ?? text);
    const state = join(dir, 'data', 'thanos.shipper.json');
    await eventually('written down', async () => {
      const { uploaded } = JSON.parse(await readFile(state, 'utf8')) as { uploaded: string[] };
      return uploaded.length === BLOCKS;
    });
    const metaPuts = s3.requests.filter(
      ({ method, key, status }) => method === 'PUT' && key.endsWith('meta.json') && status === 200,
    );
    if (kind === 'S3') expect(metaPuts.length).toBe(BLOCKS);
    const left = (await bucket.keys()).filter(
      (key) => !/^[0-9A-Z]{26}\/(chunks\/00000[12]|index|meta\.json)$/.test(key),
    );
    expect(left.filter((key) => key.endsWith('meta.json'))).toEqual([]);
    await eventually(
      'its links are gone',
      async () => (await readdir(join(dir, 'data', 'thanos', 'upload')).catch(() => [])).length === 0,
    );
    // When all was uploaded before, this life may be younger than its signal handlers.
    await sidecar.process.ready(`${sidecar.http}/-/ready`);
    expect(await sidecar.process.stop()).toBe(0);
  }, 120_000);
});
