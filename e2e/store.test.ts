import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Server } from '@tsanos/objstore/testing';
import { Channel } from '@tsanos/rpc';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { benchBucket } from './src/bench-bucket.ts';
import { folderConfig } from './src/golden-bucket.ts';
import { metricValue, residentMiB } from './src/process-figures.ts';
import { countSeries, seriesRequestBytes } from './src/series-client.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

const folders: string[] = [];
const stores: RunningTsanos[] = [];

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tsanos-store-e2e-'));
  folders.push(path);
  return path;
}

async function bucketOf(series: number, wide = false): Promise<string> {
  const path = await benchBucket({ series, chunks: 4, wide });
  folders.push(path);
  return path;
}

async function startStore(config: string, args: readonly string[] = [], waitReady = true): Promise<RunningTsanos> {
  const store = await startTsanos('store', [config, `--data-dir=${await folder()}`, ...args], { waitReady });
  stores.push(store);
  return store;
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.process.stop();
});
afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true, force: true });
});

const ulidIn = (bucket: string): string => readdirSync(bucket)[0];

describe('tsanos store', () => {
  it('stops reading when its client does, and frees everything when the client goes', async () => {
    const bucket = await bucketOf(20_000, true);
    const store = await startStore(folderConfig(bucket), ['--engine.workers=1']);
    const gets = (): Promise<number> =>
      metricValue(store.http, 'thanos_objstore_bucket_operations_total', 'operation="get_range"');
    const channel = new Channel(store.grpc);
    const warm = await countSeries(channel, seriesRequestBytes(1));
    expect(warm.series).toBe(20_000);
    const before = residentMiB(store.process.pid);
    let paused: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (paused = resolve));
    const stream = countSeries(channel, seriesRequestBytes(1), async () => {
      paused?.();
      await sleep(60_000, undefined, { ref: false });
    });
    stream.catch(() => {});
    await held;
    await sleep(300);
    const during = await gets();
    await sleep(300);
    expect(await gets()).toBe(during);
    expect(residentMiB(store.process.pid) - before).toBeLessThan(64);
    const inFlight = (): Promise<number> =>
      metricValue(store.http, 'thanos_bucket_store_series_gate_queries_in_flight');
    expect(await inFlight()).toBe(1);
    const left = performance.now();
    channel.close();
    // Each look takes some milliseconds itself.
    while ((await inFlight()) !== 0 && performance.now() - left < 5000) await sleep(5);
    expect(performance.now() - left).toBeLessThan(Number(process.env.TSANOS_SOAK ?? 0) > 0 ? 80 : 500);
  });

  it('answers limits with ResourceExhausted that names the flag', async () => {
    const bucket = await bucketOf(10);
    const ask = async (args: readonly string[]): Promise<number> => {
      const store = await startStore(folderConfig(bucket), args);
      const channel = new Channel(store.grpc);
      try {
        return (await countSeries(channel, seriesRequestBytes(1))).series;
      } finally {
        channel.close();
      }
    };
    expect(await ask(['--store.limits.request-series=10', '--store.limits.request-samples=4800'])).toBe(10);
    const exhausted = (flag: string): unknown =>
      expect.objectContaining({ status: 8, message: expect.stringContaining(`--${flag}`) as string });
    for (const [flag, value] of [
      ['store.limits.request-series', '9'],
      ['store.limits.request-samples', '4799'],
      ['store.grpc.downloaded-bytes-limit', '1KB'],
    ])
      await expect(ask([`--${flag}=${value}`])).rejects.toEqual(exhausted(flag));
  });

  it('skips a block that lacks a file, says which, and serves the others', async () => {
    const bucket = await bucketOf(10);
    const names: [string, string][] = [];
    for (const name of ['index', 'chunks/000001']) {
      const other = await bucketOf(5);
      const ulid = ulidIn(other);
      await rm(join(other, ulid, name));
      await rename(join(other, ulid), join(bucket, ulid));
      names.push([ulid, name]);
    }
    const store = await startStore(folderConfig(bucket));
    for (const [ulid, name] of names)
      expect(store.process.output).toMatch(
        new RegExp(`level=warn msg="loading block failed".*id=${ulid}.*${name}`.replace('/', '\\/')),
      );
    expect(await metricValue(store.http, 'thanos_bucket_store_block_load_failures_total')).toBe(2);
    expect(await metricValue(store.http, 'thanos_bucket_store_blocks_loaded')).toBe(1);
    const channel = new Channel(store.grpc);
    expect((await countSeries(channel, seriesRequestBytes(1))).series).toBe(10);
    channel.close();
  });

  it('lives on when blocks are damaged under its hands', async () => {
    const bucket = await bucketOf(1000);
    const ulid = ulidIn(bucket);
    const store = await startStore(folderConfig(bucket));
    const channel = new Channel(store.grpc);
    const segment = join(bucket, ulid, 'chunks/000001');
    const good = readFileSync(segment);
    const bad = Buffer.from(good);
    bad[good.length - 100] ^= 1;
    await writeFile(segment, bad);
    const { warnings } = await countSeries(channel, seriesRequestBytes(1));
    expect(warnings).toEqual([
      expect.stringMatching(new RegExp(`block ${ulid}: .*checksum mismatch.*instance="host-0000999:9100"`)),
    ]);
    await truncate(segment, 1000);
    expect((await countSeries(channel, seriesRequestBytes(1))).warnings[0]).toContain(`block ${ulid}`);
    await rm(segment);
    expect((await countSeries(channel, seriesRequestBytes(1))).warnings[0]).toContain('chunks/000001 is missing');
    await writeFile(segment, good);
    expect(await countSeries(channel, seriesRequestBytes(64))).toMatchObject({ series: 1000, warnings: [] });
    channel.close();
  });

  it('waits for a bucket that cannot be reached, says so, and becomes ready when it returns', async () => {
    const before = await S3Server.start();
    const config = `--objstore.config=${before.yaml()}`;
    const port = Number(before.endpoint.split(':')[1]);
    await before.close();
    const store = await startStore(config, [], false);
    await store.process.until('first failure', () => store.process.output.includes('first sync of blocks failed'));
    const ready = await fetch(`${store.http}/-/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('first sync of blocks failed');
    expect((await fetch(`${store.http}/-/healthy`)).status).toBe(200);
    const back = await S3Server.start({ port });
    await store.process.ready(`${store.http}/-/ready`);
    await back.close();
  }, 180_000);

  it.each([
    [['--objstore.config={type: FILESYSTEM, config: {directory: x}, prefx: y}'], /line 1.*prefx.*prefix/],
    [
      [
        '--objstore.config={type: FILESYSTEM, config: {directory: x}}',
        '--selector.relabel-config=- {action: replace, target_label: a}',
      ],
      /rule 1: action replace.*use keep, drop or hashmod/,
    ],
    [
      [
        '--objstore.config={type: FILESYSTEM, config: {directory: x}}',
        '--selector.relabel-config=- {action: keep, regex: "("}',
      ],
      /--selector.relabel-config: rule 1: .*missing closing \)/,
    ],
    [
      ['--objstore.config={type: FILESYSTEM, config: {directory: x}}', '--block-discovery-strategy=fast'],
      /fast.*concurrent or recursive/,
    ],
    [
      ['--objstore.config={type: FILESYSTEM, config: {directory: x}}', '--sync-block-duraton=1m'],
      /sync-block-duration/,
    ],
  ])('does not start with %j', async (args, message) => {
    const store = await startTsanos('store', [...args, `--data-dir=${await folder()}`], { waitReady: false });
    expect(await store.process.exited()).toBeGreaterThan(0);
    expect(store.process.output).toMatch(message);
  });
});
