import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { goldenAvailable } from '@tsanos/model/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderConfig, goldenBucket } from './src/golden-bucket.ts';
import { HangingStore } from './src/hanging-store.ts';
import { replay, type GoldenExchange } from './src/golden-http.ts';
import { eventually } from './src/process.ts';
import { api, rows } from './src/query.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

const TIME = '1700010243';

describe('a querier without endpoints', () => {
  let query: RunningTsanos;

  beforeAll(async () => {
    query = await startTsanos('query', []);
  });
  afterAll(() => query?.process.stop());

  it('passes what Grafana tries first', async () => {
    const one = await api(query.http, 'query', { query: '1+1', time: '4', partial_response: 'false' });
    expect([one.status, one.body.data]).toEqual([200, { resultType: 'scalar', result: [4, '2'] }]);
    for (const path of [
      'status/buildinfo',
      'rules',
      'alerts',
      'metadata',
      `query_exemplars?query=test&start=${Date.now()}&end=${Date.now()}`,
      'labels?max_source_resolution=auto&whatever=1',
      'label/__name__/values?limit=10',
    ]) {
      const response = await fetch(`${query.http}/api/v1/${path}`);
      expect([path, response.status, ((await response.json()) as { status: string }).status]).toEqual([
        path,
        200,
        'success',
      ]);
    }
    const series = await api(query.http, 'series', { 'match[]': 'up' });
    expect([series.status, series.body.data]).toEqual([200, []]);
  });

  it('answers what is no route and no method in the envelope, OPTIONS with CORS', async () => {
    const expectError = async (method: string, path: string, status: number): Promise<void> => {
      const response = await fetch(query.http + path, { method });
      expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([
        status,
        'application/json',
      ]);
      expect(((await response.json()) as { status: string }).status).toBe('error');
    };
    await expectError('GET', '/api/v1/nothing', 404);
    await expectError('DELETE', '/api/v1/query', 405);
    await expectError('POST', '/api/v1/label/job/values', 405);
    const options = await fetch(`${query.http}/api/v1/query`, { method: 'OPTIONS' });
    expect(options.status).toBe(204);
    expect(options.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('takes long queries', async () => {
    const long = Array.from({ length: 20_000 }, () => '1').join('+');
    const sum = await api(query.http, 'query', { query: `vector(1) or vector(${long})`.slice(0, 60_000), time: TIME });
    expect([200, 400]).toContain(sum.status);
    const get = await fetch(`${query.http}/api/v1/query?time=4&query=${encodeURIComponent('1 '.repeat(50_000))}`);
    expect(get.status).toBe(400);
  });

  it('marks errors as not to be cached', async () => {
    const bad = await api(query.http, 'query', { query: 'sum(' });
    expect([bad.status, bad.headers.get('cache-control')]).toEqual([400, 'no-store']);
  });
});

describe.skipIf(!goldenAvailable())('a querier before a store', () => {
  let store: RunningTsanos;
  let query: RunningTsanos;
  let sdFile: string;

  beforeAll(async () => {
    const bucket = await goldenBucket({
      'ha-a': { cluster: 'eu', replica: 'a' },
      'ha-b': { cluster: 'us', replica: 'b' },
    });
    const folder = await mkdtemp(join(tmpdir(), 'tsanos-store-'));
    store = await startTsanos('store', [folderConfig(bucket), `--data-dir=${folder}`]);
    sdFile = join(folder, 'stores.json');
    await writeFile(sdFile, JSON.stringify([{ targets: [store.grpc] }]));
    query = await startTsanos('query', [
      `--store.sd-files=${folder}/*.json`,
      '--store.sd-interval=200ms',
      '--endpoint.info-timeout=200ms',
    ]);
    await eventually('the store is known', async () => (await count(query, {})) === 12);
  });
  afterAll(() => Promise.all([query, store].map((one) => one?.process.stop())));

  const count = async (
    querier: RunningTsanos,
    headers: Record<string, string>,
    expression = 'count(up)',
  ): Promise<number> => {
    const response = await fetch(
      `${querier.http}/api/v1/query?${new URLSearchParams({ query: expression, time: TIME })}`,
      {
        headers,
      },
    );
    const body = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(body.data.result[0]?.value[1] ?? 0);
  };

  it.each(['gzip', 'zstd'])('compresses by %s', async (encoding) => {
    const path = `/api/v1/query?${new URLSearchParams({ query: '{__name__=~".+"}', time: TIME })}`;
    const { get } = await import('node:http');
    const { body, used } = await new Promise<{ body: Buffer; used: string | undefined }>((resolve, reject) => {
      get(query.http + path, { headers: { 'accept-encoding': encoding } }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve({ body: Buffer.concat(parts), used: response.headers['content-encoding'] }));
      }).on('error', reject);
    });
    expect(used).toBe(encoding);
    const text = (encoding === 'gzip' ? gunzipSync(body) : zstdDecompressSync(body)).toString();
    expect((JSON.parse(text) as { status: string }).status).toBe('success');
  });

  it('unescapes U__ names', async () => {
    const line = { method: 'GET', reqHeaders: {}, path: '/api/v1/label/U__k8s_2e_cluster_2e_name/values' };
    const got = await replay(query.http, line as unknown as GoldenExchange);
    expect((JSON.parse(got.body) as { data: string[] }).data.length).toBeGreaterThan(0);
  });

  it('follows the files of --store.sd-files', async () => {
    await writeFile(sdFile, '[]');
    await eventually('the store is gone', async () => (await count(query, {})) === 0);
    await writeFile(sdFile, JSON.stringify([{ targets: [store.grpc, store.grpc] }]));
    await eventually('the store is back, once', async () => (await count(query, {})) === 12);
  });

  it('shows each tenant only its own series where tenancy is enforced', async () => {
    const tenants = await startTsanos('query', [
      `--endpoint=${store.grpc}`,
      '--query.enforce-tenancy',
      '--query.tenant-label-name=cluster',
      '--query.tenant-header=X-Org',
    ]);
    try {
      expect(await count(tenants, { 'x-org': 'eu' })).toBe(6);
      expect(await count(tenants, { 'thanos-tenant': 'us' })).toBe(6);
      expect(await count(tenants, {})).toBe(0);
      expect(await count(tenants, { 'x-org': 'eu' }, 'count(up{cluster="us"})')).toBe(0);
      expect(await count(tenants, { 'x-org': 'eu' }, 'count(up or up{cluster=~".+"} offset 0s)')).toBe(6);
      const list = async (path: string): Promise<unknown[]> => {
        const response = await fetch(`${tenants.http}/api/v1/${path}`, { headers: { 'x-org': 'eu' } });
        return ((await response.json()) as { data: unknown[] }).data;
      };
      expect(await list('label/cluster/values')).toEqual(['eu']);
      expect(await list('label/cluster/values?match[]=up')).toEqual(['eu']);
      expect(await list('series?match[]=up{cluster="us"}')).toEqual([]);
      expect(await list('series?match[]=up')).toHaveLength(6);
      expect(await list('labels?match[]=up{cluster="us"}')).toEqual([]);
      const bad = await fetch(`${tenants.http}/api/v1/query?query=up`, { headers: { 'x-org': '../eu' } });
      expect(bad.status).toBe(400);
    } finally {
      await tenants.process.stop();
    }
  });

  it('asks only what --selector.relabel-config keeps', async () => {
    const rules = '[{action: keep, source_labels: [cluster], regex: eu}]';
    const selective = await startTsanos('query', [`--endpoint=${store.grpc}`, `--selector.relabel-config=${rules}`]);
    try {
      expect(await count(selective, {})).toBe(6);
      expect(await count(selective, {}, 'count(up{cluster="us"})')).toBe(0);
    } finally {
      await selective.process.stop();
    }
  });

  it('holds the limits of Series calls: N passes, N + 1 fails and names the flag', async () => {
    for (const [limit, want] of [
      [12, 12],
      [11, 0],
    ]) {
      const inner = await startTsanos('query', [`--endpoint=${store.grpc}`, `--store.limits.request-series=${limit}`]);
      const outer = await startTsanos('query', [`--endpoint=${inner.grpc}`]);
      try {
        expect(await count(outer, {})).toBe(want);
        const answer = await api(outer.http, 'query', { query: 'count(up)', time: TIME });
        if (want === 0) expect(answer.body.warnings?.join()).toContain('--store.limits.request-series');
        else expect(answer.body.warnings).toBeUndefined();
      } finally {
        await outer.process.stop();
        await inner.process.stop();
      }
    }
  });
});

describe('a querier before a store that hangs', () => {
  let hanging: HangingStore;

  beforeAll(async () => {
    hanging = await HangingStore.start();
  });
  afterAll(() => hanging?.close());

  const querier = (flags: readonly string[]): Promise<RunningTsanos> =>
    startTsanos('query', [`--endpoint-strict=${hanging.address}`, '--endpoint.info-timeout=300ms', ...flags]);

  it('gives up after --store.response-timeout, by name; an error when no part is wanted', async () => {
    const query = await querier(['--store.response-timeout=300ms']);
    try {
      const answer = await api(query.http, 'query', { query: 'up', time: TIME });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(answer.body.warnings?.join()).toMatch(/failed to receive any data in 300ms from /);
      expect(answer.body.warnings?.join()).toContain(hanging.address);
      const whole = await api(query.http, 'query', { query: 'up', time: TIME, partial_response: 'false' });
      // As Thanos: what storage refuses an instant query is internal.
      expect([whole.status, whole.body.status]).toEqual([500, 'error']);
      expect(whole.body.error).toContain(hanging.address);
      expect(hanging.open).toBe(0);
    } finally {
      await query.process.stop();
    }
  });

  it('ends at the timeout of the query with 503', async () => {
    const query = await querier(['--store.response-timeout=20s']);
    try {
      const began = performance.now();
      const answer = await api(query.http, 'query', { query: 'up', time: TIME, timeout: '0.4' });
      expect([answer.status, answer.body.errorType]).toEqual([503, 'timeout']);
      expect(performance.now() - began).toBeLessThan(5_000);
      await eventually('the call is given up', () => Promise.resolve(hanging.open === 0), 2_000);
    } finally {
      await query.process.stop();
    }
  });

  it('gives up the calls of a client that has gone, at once', async () => {
    const query = await querier(['--store.response-timeout=20s']);
    try {
      const client = new AbortController();
      const call = fetch(`${query.http}/api/v1/query?query=up&time=${TIME}`, { signal: client.signal });
      call.catch(() => undefined);
      await eventually('the store is asked', () => Promise.resolve(hanging.open === 1), 5_000);
      const gone = performance.now();
      client.abort();
      while (hanging.open > 0 && performance.now() - gone < 5_000) await sleep(1);
      // The aim is 50 ms; a busy machine gets more.
      expect(performance.now() - gone).toBeLessThan(500);
      console.info(`calls ended ${(performance.now() - gone).toFixed(1)} ms after the client left`);
      expect(Number((await rows(query.http, 'query', { query: 'vector(1)', time: TIME }))[0].value![1])).toBe(1);
    } finally {
      await query.process.stop();
    }
  });
});
