// 100 clients ask mixed queries of `tsanos all` for a minute: no error, and `/-/ready` stays quick.
// npm run soak -- load [seconds] [clients]
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchBlock } from '@tsanos/tools';
import { timedQuery } from '../bench/timed-query.ts';
import { usageOf } from '../bench/usage.ts';
import { folderConfig } from '../src/golden-bucket.ts';
import { startTsanos } from '../src/tsanos.ts';

const SECONDS = Number(process.argv[2] ?? 60);
const CLIENTS = Number(process.argv[3] ?? 100);
const END_S = 1_764_115_200;
const QUERIES = [
  'bench_load{pod="pod-000007"}',
  'sum by (job) (rate(bench_requests_total[5m]))',
  'topk(5, bench_load)',
  'count(avg_over_time(bench_load[1h]))',
  'rate(bench_requests_total{job="job-03"}[5m])',
  'quantile by (job) (0.9, bench_load)',
  'sum(bench_load) / count(bench_requests_total)',
];

const top = await mkdtemp(join(tmpdir(), 'tsanos-load-'));
const bucket = join(top, 'bucket');
benchBlock({ folder: bucket, endMs: END_S * 1000 });
for (const block of await readdir(bucket)) {
  const path = join(bucket, block, 'meta.json');
  const meta = JSON.parse(await readFile(path, 'utf8')) as object;
  const thanos = { version: 1, labels: {}, downsample: { resolution: 0 }, source: 'sidecar' };
  await writeFile(path, JSON.stringify({ ...meta, thanos }));
}
const running = await startTsanos('all', ['--log.level=warn', folderConfig(bucket), `--data-dir=${join(top, 'data')}`]);
const times: number[] = [];
const ready: number[] = [];
const errors: string[] = [];
const until = performance.now() + SECONDS * 1000;
try {
  await Promise.all([watchReady(), ...Array.from({ length: CLIENTS }, (_, i) => client(i))]);
  const { cpuS, mainS, peakMiB } = usageOf(running.process.pid);
  console.info(
    `${times.length} queries by ${CLIENTS} clients in ${SECONDS} s: ${(times.length / SECONDS).toFixed(1)}/s, ` +
      `p50 ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms, ${errors.length} errors`,
  );
  console.info(
    `/-/ready: ${ready.length} times, p50 ${quantile(ready, 0.5)} ms, p99 ${quantile(ready, 0.99)} ms; ` +
      `main thread ${((100 * mainS) / cpuS).toFixed(1)} % of ${cpuS.toFixed(1)} s of CPU; peak RSS ${peakMiB.toFixed(0)} MiB`,
  );
  for (const error of new Set(errors)) console.info(error);
  if (errors.length > 0) process.exitCode = 1;
} finally {
  await running.process.stop();
  rmSync(top, { recursive: true, force: true });
}

async function client(first: number): Promise<void> {
  for (let i = first; performance.now() < until; i++) {
    const query = QUERIES[i % QUERIES.length];
    const hours = 1 + (i % 6);
    try {
      const range = { startS: END_S - hours * 3600, endS: END_S - 60, stepS: 60 };
      times.push((await timedQuery(running.http, { name: query, query, ...range })).seconds * 1000);
    } catch (error) {
      errors.push(String(error));
    }
  }
}

/** Looks from a connection of its own, ten times a second. */
async function watchReady(): Promise<void> {
  while (performance.now() < until) {
    const began = performance.now();
    const response = await fetch(`${running.http}/-/ready`);
    await response.text();
    if (response.status !== 200) errors.push(`/-/ready: ${response.status}`);
    ready.push(performance.now() - began);
    await sleep(100);
  }
}

function quantile(list: readonly number[], q: number): string {
  return list.toSorted((a, b) => a - b)[Math.floor(q * (list.length - 1))].toFixed(0);
}
