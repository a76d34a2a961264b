import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel } from '@tsanos/rpc';
import { createMatcher } from '@tsanos/model';
import { collectSeries, testContext } from '@tsanos/series/testing';
import { ColdClient, peerInfo, RemoteSource } from '@tsanos/storeapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows } from './src/query.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

const RATE = 'sum(rate(http_requests_total[5m]))';

describe('tsanos all in an empty folder', () => {
  let dir: string;
  let running: RunningTsanos;
  const start = (): Promise<RunningTsanos> => startTsanos('all', [`--data-dir=${join(dir, 'data')}`]);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tsanos-all-'));
    running = await start();
  }, 120_000);
  afterAll(async () => {
    await running?.process.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('has data that ends now, and says where to look', async () => {
    const [one] = await rows(running.http, 'query', { query: RATE });
    expect(Number(one.value![1])).toBeGreaterThan(1);
    expect(running.process.output).toContain('demo data is written');
    expect(running.process.output.trimEnd().split('\n').slice(-4).join('\n')).toMatch(
      /Tsanos is ready.*page:.*query:.*Grafana:/s,
    );
  });

  it('answers the API and has a first page', async () => {
    for (const path of [
      'labels',
      'label/job/values',
      'series?match[]=http_requests_total',
      'stores',
      'status/buildinfo',
      'status/flags',
      'rules',
      'alerts',
      'metadata',
    ]) {
      const response = await fetch(`${running.http}/api/v1/${path}`);
      expect(response.status, path).toBe(200);
      expect(((await response.json()) as { status: string }).status, path).toBe('success');
    }
    const page = await fetch(`${running.http}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('http_requests_total');
  });

  it('shows replicas apart and as one', async () => {
    const count = async (dedup: string): Promise<number> =>
      Number((await rows(running.http, 'query', { query: 'count(http_requests_total)', dedup }))[0].value![1]);
    expect(await count('false')).toBe(2 * (await count('true')));
  });

  it('answers on its gRPC port', async () => {
    const channel = new Channel(running.grpc);
    try {
      const info = peerInfo(await new ColdClient(channel).info({ timeoutMs: 5000 }));
      expect(info.store?.mint).toBeLessThan(Date.now());
      const series = await collectSeries(
        new RemoteSource(channel).series(
          {
            mint: Date.now() - 600_000,
            maxt: Date.now(),
            matchers: [createMatcher('=', '__name__', 'http_requests_total')],
            maxResolutionMs: 0,
            aggregates: [],
            partialResponse: 'abort',
            skipChunks: false,
            withoutReplicaLabels: [],
            limit: 0,
          },
          testContext(),
        ),
      );
      expect(series.length).toBeGreaterThan(1);
      expect(series[0].chunks.length).toBeGreaterThan(0);
    } finally {
      channel.close();
    }
  });

  it('keeps its data over a restart, and writes it once', async () => {
    const blocks = async (): Promise<string[]> => (await readdir(join(dir, 'data', 'bucket'))).sort();
    const time = String(Math.floor(Date.now() / 1000) - 600);
    const before = { blocks: await blocks(), rows: await rows(running.http, 'query', { query: RATE, time }) };
    expect(await running.process.stop()).toBe(0);
    running = await start();
    expect(running.process.output).not.toContain('demo data');
    expect(await blocks()).toEqual(before.blocks);
    expect(await rows(running.http, 'query', { query: RATE, time })).toEqual(before.rows);
  });
});

it('never writes to a bucket that was named', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tsanos-all-'));
  await mkdir(join(dir, 'bucket'));
  const config = `{type: FILESYSTEM, config: {directory: ${join(dir, 'bucket')}}}`;
  const running = await startTsanos('all', [`--data-dir=${join(dir, 'data')}`, `--objstore.config=${config}`]);
  try {
    expect(await rows(running.http, 'query', { query: 'count({__name__=~".+"})' })).toEqual([]);
    expect(await readdir(join(dir, 'bucket'))).toEqual([]);
  } finally {
    await running.process.stop();
    await rm(dir, { recursive: true, force: true });
  }
});
