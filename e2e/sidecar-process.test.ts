import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMeta, parseMeta } from '@tsanos/blocks';
import { fakeMeta } from '@tsanos/blocks/testing';
import { newUlid } from '@tsanos/bytes';
import { Labels } from '@tsanos/model';
import { Channel } from '@tsanos/rpc';
import { FakePrometheus, type FakeOptions } from '@tsanos/sidecar/testing';
import { ColdClient, peerInfo, type PeerInfo } from '@tsanos/storeapi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scrape, total } from './src/metrics-page.ts';
import { eventually } from './src/process.ts';
import { REPOSITORY, startTsanos, type RunningTsanos } from './src/tsanos.ts';

const LABELS = Labels.from({ cluster: 'eu', replica: 'a' });
const open: { close(): Promise<unknown> }[] = [];
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tsanos-sidecar-'));
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
  await rm(dir, { recursive: true, force: true });
});

async function fakeOf(options: FakeOptions = {}, port = 0): Promise<FakePrometheus> {
  const fake = await FakePrometheus.start({ externalLabels: LABELS, ...options }, port);
  open.push({ close: () => fake.close().catch(() => undefined) });
  return fake;
}

async function sidecarOf(url: string, args: readonly string[] = [], waitReady = false): Promise<RunningTsanos> {
  const running = await startTsanos('sidecar', [`--prometheus.url=${url}`, ...args], { waitReady });
  open.push({ close: () => running.process.stop() });
  return running;
}

const ready = async ({ http }: RunningTsanos): Promise<number> => (await fetch(`${http}/-/ready`)).status;

async function infoOf({ grpc }: RunningTsanos): Promise<PeerInfo> {
  const channel = new Channel(grpc);
  try {
    return peerInfo(await new ColdClient(channel).info({ timeoutMs: 5000 }));
  } finally {
    channel.close();
  }
}

/** A process that ends by itself, with what it said. */
async function ending(url: string, args: readonly string[] = []): Promise<{ code: number | string; output: string }> {
  const { process } = await sidecarOf(url, args);
  return { code: await process.exited(), output: process.output };
}

describe('the start', () => {
  it('ends with 1 without external labels, and says what to set', async () => {
    const { url } = await fakeOf({ externalLabels: Labels.EMPTY });
    const { code, output } = await ending(url);
    expect(code).toBe(1);
    expect(output).toContain(
      'no external labels configured on Prometheus server, uniquely identifying external labels must be configured',
    );
  });

  it('waits for Prometheus, is not ready without it, and heals', async () => {
    const first = await fakeOf();
    const { port, url } = first;
    await first.close();
    const sidecar = await sidecarOf(url, [
      '--prometheus.get_config_interval=100ms',
      '--prometheus.get_config_timeout=1s',
    ]);
    await sidecar.process.until('a retry', () =>
      sidecar.process.output.includes('failed to reach Prometheus. Is it running? Retrying'),
    );
    expect(await ready(sidecar)).toBe(503);
    expect(total(await scrape(sidecar.http), 'thanos_sidecar_prometheus_up')).toBe(0);
    await expect(infoOf(sidecar)).rejects.toThrow();
    const second = await fakeOf({ lowestSeconds: 1700 }, port);
    await sidecar.process.ready(`${sidecar.http}/-/ready`);
    expect(total(await scrape(sidecar.http), 'thanos_sidecar_prometheus_up')).toBe(1);
    const info = await infoOf(sidecar);
    expect(info.labelSets.map((set) => [...set])).toEqual([[...LABELS]]);
    expect(info.store?.mint).toBe(1_700_000);
    await second.close();
    await eventually('not ready', async () => (await ready(sidecar)) === 503);
    expect((await infoOf(sidecar)).labelSets).toHaveLength(1);
    const third = await fakeOf({}, port);
    third.externalLabels = Labels.from({ cluster: 'us' });
    await eventually('ready again', async () => (await ready(sidecar)) === 200);
    expect([...(await infoOf(sidecar)).labelSets[0]]).toEqual([['cluster', 'us']]);
    expect(await sidecar.process.stop()).toBe(0);
  });

  it('takes --min-time', async () => {
    const { url } = await fakeOf({ lowestSeconds: 1700 });
    const absolute = await sidecarOf(url, ['--min-time=2024-01-01T00:00:00Z'], true);
    expect((await infoOf(absolute)).store?.mint).toBe(Date.parse('2024-01-01T00:00:00Z'));
    const relative = await sidecarOf(url, ['--min-time=-2h45m'], true);
    expect(Math.abs((await infoOf(relative)).store!.mint - (Date.now() - 165 * 60_000))).toBeLessThan(60_000);
  });
});

describe('--prometheus.http-client', () => {
  const tls = (name: string): string => join(REPOSITORY, 'packages/runtime/testdata/tls', name);

  it('sends a user and a password, or a token from a file', async () => {
    const { url, requests } = await fakeOf();
    await sidecarOf(url, ['--prometheus.http-client={basic_auth: {username: me, password: secret}}'], true);
    expect(requests.map(({ headers }) => headers.authorization)).toContain(
      `Basic ${Buffer.from('me:secret').toString('base64')}`,
    );
    requests.length = 0;
    await writeFile(join(dir, 'token'), 'abc\n');
    await writeFile(join(dir, 'client.yml'), `bearer_token_file: ${join(dir, 'token')}\n`);
    await sidecarOf(url, [`--prometheus.http-client-file=${join(dir, 'client.yml')}`], true);
    expect(requests.every(({ headers }) => headers.authorization === 'Bearer abc')).toBe(true);
  });

  it('speaks TLS, checks the server and shows a certificate', async () => {
    const server = {
      key: readFileSync(tls('server.key')),
      cert: readFileSync(tls('server.crt')),
      ca: readFileSync(tls('ca.crt')),
      requestCert: true,
      rejectUnauthorized: true,
    };
    const { url } = await fakeOf({ tls: server });
    const files = `ca_file: ${tls('ca.crt')}, cert_file: ${tls('client.crt')}, key_file: ${tls('client.key')}`;
    await sidecarOf(url, [`--prometheus.http-client={tls_config: {${files}}}`], true);
    const strange = await sidecarOf(url);
    await strange.process.until('refusal', () =>
      /err=.*(self-signed|unable to verify|certificate)/i.test(strange.process.output),
    );
  });

  it('names a wrong key', async () => {
    const { code, output } = await ending('http://127.0.0.1:1', ['--prometheus.http-client={basic_auht: {}}']);
    expect(code).toBe(1);
    expect(output).toContain('basic_auht');
  });
});

describe('uploads', () => {
  const objstore = (): string => `--objstore.config={type: FILESYSTEM, config: {directory: ${join(dir, 'bucket')}}}`;
  const blocks = {
    plain: newUlid(1_700_000_000_000),
    compacted: newUlid(1_700_000_001_000),
    empty: newUlid(1_700_000_002_000),
    corrupt: newUlid(1_700_000_003_000),
  };

  beforeEach(async () => {
    let at = 0;
    for (const [name, ulid] of Object.entries(blocks)) {
      const folder = join(dir, 'data', ulid);
      await mkdir(join(folder, 'chunks'), { recursive: true });
      await writeFile(join(folder, 'chunks/000001'), 'chunks');
      await writeFile(join(folder, 'index'), 'index');
      const meta = fakeMeta(ulid, {
        minTime: at,
        maxTime: (at += 7_200_000),
        labels: {},
        level: name === 'compacted' ? 2 : 1,
      });
      const { stats } = meta;
      const text = encodeMeta(name === 'empty' ? { ...meta, stats: { ...stats, numSamples: 0 } } : meta);
      await writeFile(join(folder, 'meta.json'), name === 'corrupt' ? '{"ulid":' : text);
    }
  });
  const uploaded = async (): Promise<string[]> => {
    const names = await readdir(join(dir, 'bucket'), { recursive: true }).catch(() => []);
    return names
      .filter((name) => name.endsWith('meta.json'))
      .map((name) => name.slice(0, 26))
      .sort();
  };

  it('leave out what is compacted, empty or broken, and say so', async () => {
    await rm(join(dir, 'data', blocks.corrupt), { recursive: true });
    const { url } = await fakeOf();
    await sidecarOf(url, [objstore(), `--tsdb.path=${join(dir, 'data')}`]);
    await eventually(
      'uploaded',
      async () => (await uploaded()).length > 0 && (await readdir(join(dir, 'data'))).includes('thanos.shipper.json'),
    );
    expect(await uploaded()).toEqual([blocks.plain]);
    const meta = parseMeta(await readFile(join(dir, 'bucket', blocks.plain, 'meta.json')));
    expect([...meta.thanos.labels]).toEqual([...LABELS]);
    expect(meta.thanos.source).toBe('sidecar');
    expect(meta.thanos.files?.some((file) => (file.hash?.hashFunc ?? '') !== '')).toBe(false);
  });

  it('do what the flags say', async () => {
    const { url } = await fakeOf();
    const sidecar = await sidecarOf(url, [
      objstore(),
      `--tsdb.path=${join(dir, 'data')}`,
      '--shipper.upload-compacted',
      '--shipper.meta-file-name=mine.json',
      '--shipper.skip-corrupted-blocks',
      '--shipper.upload-concurrency=1',
      '--hash-func=SHA256',
    ]);
    await eventually(
      'uploaded',
      async () => (await uploaded()).length === 2 && (await readdir(join(dir, 'data'))).includes('mine.json'),
    );
    expect(await uploaded()).toEqual([blocks.plain, blocks.compacted]);
    const meta = parseMeta(await readFile(join(dir, 'bucket', blocks.compacted, 'meta.json')));
    expect(meta.thanos.files?.find((file) => file.rel_path === 'index')?.hash?.hashFunc).toBe('SHA256');
    await sidecar.process.until('the log', () =>
      sidecar.process.output.includes('failed to read meta.json of a block, skipping it'),
    );
    expect(sidecar.process.output).toContain(blocks.corrupt);
  });

  it('stop at a broken block unless told to skip it', async () => {
    const { url } = await fakeOf();
    const sidecar = await sidecarOf(url, [objstore(), `--tsdb.path=${join(dir, 'data')}`]);
    await sidecar.process.until('the error', () =>
      sidecar.process.output.includes(`read meta.json of ${blocks.corrupt}`),
    );
    expect(await uploaded()).toEqual([]);
    expect(await ready(sidecar)).toBe(200);
  });

  it('do not begin beside a Prometheus that compacts', async () => {
    const flags = { 'storage.tsdb.min-block-duration': '2h', 'storage.tsdb.max-block-duration': '36h' };
    const { url } = await fakeOf({ flags });
    const data = `--tsdb.path=${join(dir, 'data')}`;
    const { code, output } = await ending(url, [objstore(), data]);
    expect(code).toBe(1);
    expect(output).toContain(
      'Compaction needs to be disabled (storage.tsdb.min-block-duration = storage.tsdb.max-block-duration)',
    );
    await sidecarOf(url, [objstore(), data, '--shipper.ignore-unequal-block-size'], true);
    const delayed = await fakeOf({
      flags: { ...flags, 'storage.tsdb.delay-compact-file.path': join(dir, 'data', 'thanos.shipper.json') },
    });
    await sidecarOf(delayed.url, [objstore(), data], true);
    const elsewhere = await fakeOf({ flags: { ...flags, 'storage.tsdb.delay-compact-file.path': '/elsewhere.json' } });
    expect((await ending(elsewhere.url, [objstore(), data])).code).toBe(1);
    await sidecarOf(url, [data], true);
  });

  it('end the process when Prometheus does not come in time', async () => {
    const { code, output } = await ending('http://127.0.0.1:1', [objstore(), '--prometheus.ready_timeout=1s']);
    expect(code).toBe(1);
    expect(output).toContain('failed to get Prometheus flags. Is Prometheus running? Retrying');
  });

  it('name the key and the line of a wrong bucket configuration', async () => {
    const { code, output } = await ending('http://127.0.0.1:1', [
      '--objstore.config={type: S3, config: {bucket: b, endpiont: x}}',
    ]);
    expect(code).toBe(1);
    expect(output).toMatch(/line 1.*endpiont.*endpoint/);
  });

  it('wait for a bucket that cannot be reached, and the StoreAPI goes on', async () => {
    await rm(join(dir, 'data', blocks.corrupt), { recursive: true });
    const { url } = await fakeOf();
    const s3 = '{type: S3, config: {bucket: b, endpoint: "127.0.0.1:1", access_key: a, secret_key: b, insecure: true}}';
    const sidecar = await sidecarOf(url, [`--objstore.config=${s3}`, `--tsdb.path=${join(dir, 'data')}`], true);
    expect((await infoOf(sidecar)).store).toBeDefined();
    expect(total(await scrape(sidecar.http), 'thanos_shipper_uploads_total')).toBe(0);
    expect(await ready(sidecar)).toBe(200);
    expect(sidecar.process.running).toBe(true);
  });
});

it('watches configuration and rules and has Prometheus read them again', async () => {
  const { url, requests } = await fakeOf();
  await writeFile(join(dir, 'prometheus.yml.tmpl'), 'global: {external_labels: {replica: $(REPLICA)}}\n');
  await mkdir(join(dir, 'rules'));
  const running = await startTsanos(
    'sidecar',
    [
      `--prometheus.url=${url}`,
      `--reloader.config-file=${join(dir, 'prometheus.yml.tmpl')}`,
      `--reloader.config-envsubst-file=${join(dir, 'out', 'prometheus.yml')}`,
      `--reloader.rule-dir=${join(dir, 'rules')}`,
      '--reloader.watch-interval=300ms',
      '--reloader.retry-interval=100ms',
    ],
    { env: { REPLICA: 'r1' } },
  );
  open.push({ close: () => running.process.stop() });
  const reloads = (): number => requests.filter(({ line }) => line === 'POST /-/reload').length;
  await eventually('written', async () =>
    (await readFile(join(dir, 'out', 'prometheus.yml'), 'utf8')).includes('replica: r1'),
  );
  // The fake knows no reload: it is asked again and again.
  await eventually('asked again', async () => reloads() > 2);
  expect(total(await scrape(running.http), 'thanos_sidecar_reloader_reloads_failed_total')).toBeGreaterThan(0);
});
