import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Server } from '@tsanos/objstore/testing';
import { findPrometheus } from '@tsanos/runtime/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './src/process.ts';
import { remoteWrite, startPrometheus, type RunningPrometheus, type WrittenSeries } from './src/prometheus.ts';
import { api, rows } from './src/query.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

const binary = findPrometheus();
const STEP = 15_000;
const HOURS = 6;

/** A counter that goes up by one a step, on the grid of the replica. */
function samples(fromMs: number, toMs: number, shiftMs: number, startMs: number): [number, number][] {
  const out: [number, number][] = [];
  for (let t = Math.ceil(fromMs / STEP) * STEP; t < toMs; t += STEP)
    out.push([t + shiftMs, Math.floor((t - startMs) / STEP)]);
  return out;
}

describe.skipIf(binary === undefined)('two Prometheus, sidecars, bucket, store, querier', () => {
  const end = Math.floor(Date.now() / STEP) * STEP;
  const start = end - HOURS * 3_600_000;
  let s3: S3Server;
  const prometheus: RunningPrometheus[] = [];
  const sidecars: RunningTsanos[] = [];
  let store: RunningTsanos;
  let query: RunningTsanos;

  const write = async (replica: number, fromMs: number, toMs: number): Promise<void> => {
    const series: WrittenSeries[] = ['a', 'b', 'c'].map((instance) => ({
      labels: { __name__: 'http_requests_total', job: 'web', instance },
      samples: samples(fromMs, toMs, replica * 3000, start),
    }));
    await remoteWrite(prometheus[replica].url, series);
  };
  const sidecar = async (replica: number): Promise<RunningTsanos> =>
    startTsanos('sidecar', [
      `--prometheus.url=${prometheus[replica].url}`,
      `--tsdb.path=${join(prometheus[replica].dir, 'data')}`,
      `--objstore.config=${s3.yaml()}`,
    ]);

  beforeAll(async () => {
    s3 = await S3Server.start();
    for (const replica of ['a', 'b'])
      prometheus.push(await startPrometheus(binary!.prometheus, { externalLabels: { cluster: 'demo', replica } }));
    // An hour a request: one request holds 10 MiB at most.
    for (const replica of [0, 1])
      for (let t = start; t < end; t += 3_600_000) await write(replica, t, Math.min(end, t + 3_600_000));
    for (const replica of [0, 1]) sidecars.push(await sidecar(replica));
    store = await startTsanos('store', [
      `--objstore.config=${s3.yaml()}`,
      `--data-dir=${await mkdtemp(join(tmpdir(), 'tsanos-store-'))}`,
      '--sync-block-duration=2s',
    ]);
    query = await startTsanos('query', [
      ...[...sidecars, store].map((endpoint) => `--endpoint=${endpoint.grpc}`),
      '--query.replica-label=replica',
      '--endpoint.info-timeout=1s',
    ]);
  }, 120_000);

  afterAll(async () => {
    for (const one of [query, store, ...sidecars]) await one?.process.stop();
    for (const one of prometheus) await one.process.stop();
    await s3?.close();
  });

  const range = (dedup: boolean) =>
    rows(query.http, 'query_range', {
      query: 'http_requests_total',
      start: String((start + 300_000) / 1000),
      end: String((end - STEP) / 1000),
      step: '60',
      dedup: String(dedup),
    });
  const noGapNoDuplicate = async (): Promise<void> => {
    const series = await range(true);
    expect(series.map((row) => row.metric['instance'])).toEqual(['a', 'b', 'c']);
    for (const row of series) {
      expect(row.metric['replica']).toBeUndefined();
      const times = row.values!.map(([t]) => t);
      expect(new Set(times).size).toBe(times.length);
      expect(times.length).toBe(Math.floor((end - STEP - start - 300_000) / 60_000) + 1);
    }
  };

  it('shows both replicas apart, and as one', async () => {
    await noGapNoDuplicate();
    const apart = await range(false);
    expect(apart).toHaveLength(6);
    const [one] = await rows(query.http, 'query', {
      query: 'sum(rate(http_requests_total[5m]))',
      time: String(end / 1000 - 60),
    });
    expect(Number(one.value![1])).toBeCloseTo(3 / 15, 2);
  });

  it('uploads blocks, whole ones only, and the store serves them', async () => {
    const metas = (): string[] => s3.keys().filter((key) => key.endsWith('/meta.json'));
    await eventually('two blocks a replica in the bucket', async () => metas().length >= 4, 150_000);
    for (const key of metas()) {
      const meta = JSON.parse(s3.body(key)!.toString()) as {
        thanos: { labels: Record<string, string>; source: string };
      };
      expect(meta.thanos.source).toBe('sidecar');
      expect(meta.thanos.labels['cluster']).toBe('demo');
    }
    await eventually('the store serves them', async () => {
      const answer = (await (await fetch(`${store.http}/api/v1/blocks`)).json()) as { data: { blocks: unknown[] } };
      return answer.data.blocks.length >= 4;
    });
    await noGapNoDuplicate();
  }, 200_000);

  it('has no gap after Prometheus forgot what was uploaded', async () => {
    for (const replica of [0, 1]) {
      const { dir, port } = prometheus[replica];
      await prometheus[replica].process.stop();
      prometheus[replica] = await startPrometheus(binary!.prometheus, {
        externalLabels: { cluster: 'demo', replica: 'ab'[replica] },
        dir,
        port,
        flags: ['--storage.tsdb.retention.time=3h'],
      });
    }
    await eventually(
      'sidecars are ready again',
      async () => {
        const states = await Promise.all(sidecars.map((one) => fetch(`${one.http}/-/ready`)));
        return states.every((state) => state.status === 200);
      },
      90_000,
    );
    await eventually('the querier asks them', async () => (await range(false)).length === 6);
    await noGapNoDuplicate();
  }, 150_000);

  it('answers whole with one Prometheus dead', async () => {
    prometheus[1].process.kill();
    await prometheus[1].process.exited();
    const series = await range(true);
    expect(series.map((row) => row.values!.length)).toEqual(
      Array(3).fill(Math.floor((end - STEP - start - 300_000) / 60_000) + 1),
    );
  });

  it('warns by name when the store dies, and fails when partial answers are not wanted', async () => {
    await store.process.stop();
    const params = { query: 'count(http_requests_total)', time: String((start + 3_600_000) / 1000) };
    // Until the next Info the store counts as up, and the call to it fails.
    const answer = await api(query.http, 'query', params);
    if (answer.body.warnings !== undefined) expect(answer.body.warnings.join()).toContain(store.grpc);
    const strict = await startTsanos('query', [
      `--endpoint-strict=${store.grpc}`,
      `--endpoint=${sidecars[0].grpc}`,
      '--query.replica-label=replica',
    ]);
    try {
      const partial = await api(strict.http, 'query', params);
      expect(partial.status).toBe(200);
      expect(partial.body.warnings?.join()).toContain(store.grpc);
      const whole = await api(strict.http, 'query', { ...params, partial_response: 'false' });
      expect(whole.status).toBeGreaterThanOrEqual(400);
      expect(whole.body.status).toBe('error');
    } finally {
      await strict.process.stop();
    }
  });
});
