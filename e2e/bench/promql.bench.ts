// PromQL through `tsanos all` beside a real Prometheus on the same blocks: a day of 1,000 counters and 1,000 gauges, a day of a service
// landscape with classic and native histograms, and two hours of 100,000 series. Every figure is a ratio of the same run.
// node e2e/bench/promql.bench.ts [runs] [part of a query's name]
import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { benchBlock, generateBlocks } from '@tsanos/tools';
import { openArena } from './arena.ts';
import { printLap, race } from './race.ts';
import { timedQuery, type BenchQuery } from './timed-query.ts';
import { wideBlock } from './wide-block.ts';

const RUNS = Number(process.argv[2] ?? 7);
const ONLY = process.argv[3] ?? '';
const DAY_S = 86_400;
/** Three days, one a data set: bench block, landscape, wide block. */
const FIRST_S = 1_764_028_800;
const [LANDSCAPE_S, WIDE_S] = [FIRST_S + DAY_S, FIRST_S + 2 * DAY_S];
const day = { startS: FIRST_S, endS: FIRST_S + DAY_S - 60, stepS: 60 };
const landscape = { startS: LANDSCAPE_S, endS: LANDSCAPE_S + DAY_S - 60, stepS: 60 };
const wide = { startS: WIDE_S + 300, endS: WIDE_S + 7200 - 60, stepS: 60 };
const at = (timeS: number) => ({ startS: timeS, endS: timeS, stepS: 0 });
const hour = { startS: LANDSCAPE_S + DAY_S - 3600, endS: LANDSCAPE_S + DAY_S - 15, stepS: 15 };

type Range = Omit<BenchQuery, 'name' | 'query'>;
const QUERIES: readonly (readonly [string, Range])[] = [
  ['count(rate(bench_requests_total[5m]))', day],
  ['sum by (handler) (rate(bench_requests_total[5m]))', day],
  ['rate(bench_requests_total[5m])', day],
  ['increase(bench_requests_total[5m])', day],
  ['sum(irate(bench_requests_total[5m]))', day],
  ['count(avg_over_time(bench_load[5m]))', day],
  ['count(rate(bench_requests_total[1h]))', day],
  ['count(avg_over_time(bench_load[1h]))', day],
  ['avg_over_time(bench_load[1h])', day],
  ['count(max_over_time(bench_load[1h]))', day],
  ['count(stddev_over_time(bench_load[1h]))', day],
  ['count(quantile_over_time(0.9, bench_load[1h]))', { ...day, stepS: 300 }],
  ['bench_load', day],
  ['bench_requests_total', day],
  ['sum(bench_load)', day],
  ['avg by (job) (bench_load)', day],
  ['quantile by (job) (0.9, bench_load)', day],
  ['topk(10, bench_load)', day],
  ['topk by (job) (3, rate(bench_requests_total[5m]))', day],
  ['count(bench_load > 50)', day],
  ['count(bench_load / on (pod) bench_requests_total)', day],
  ['sum by (job) (rate(bench_requests_total[5m])) / on (job) sum by (job) (bench_load)', day],
  ['max_over_time(sum(rate(bench_requests_total[5m]))[1h:1m])', day],
  ['sum by (job) (bench_load offset 1h)', day],
  ['histogram_quantile(0.9, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m])))', landscape],
  ['histogram_quantile(0.9, rate(http_request_duration_seconds_bucket[5m]))', landscape],
  ['histogram_quantile(0.9, sum by (job) (rate(http_request_latency_seconds[5m])))', landscape],
  ['count(rate(http_request_latency_seconds[5m]))', landscape],
  ['sum by (job, code) (rate(http_requests_total{code=~"5.."}[5m]))', landscape],
  ['up', hour],
  ['sum by (job) (up)', at(LANDSCAPE_S + DAY_S - 100)],
  ['sum by (job) (rate(wide_requests_total[5m]))', at(WIDE_S + 7000)],
  ['sum by (job) (rate(wide_requests_total[5m]))', wide],
  ['count(wide_requests_total)', at(WIDE_S + 7000)],
  ['topk(5, rate(wide_requests_total[5m]))', at(WIDE_S + 7000)],
];

const arena = await openArena(async (folder) => {
  benchBlock({ folder, endMs: (FIRST_S + DAY_S) * 1000 });
  await generateBlocks({ folder, endMs: (LANDSCAPE_S + DAY_S) * 1000, series: 2000, replicas: 1, labels: [] });
  wideBlock({ folder, startMs: WIDE_S * 1000, hours: 2, series: 100_000 });
  for (const name of await readdir(folder)) if (name.endsWith('.tmp')) rmSync(join(folder, name), { recursive: true });
});
try {
  await dashboard('40 small queries, from cold');
  for (const [query, range] of QUERIES) {
    const kind = range.stepS === 0 ? 'instant ' : '';
    const name =
      kind +
      query
        .replaceAll(/bench_\w+/g, 'x')
        .replaceAll(/http_request_\w+/g, 'h')
        .replaceAll(/wide_\w+/g, 'w');
    if (name.includes(ONLY))
      printLap({ name, query, ...range }, await race(arena.runners, { name, query, ...range }, RUNS));
  }
  await dashboard('40 small queries, again');
  arena.printUsage();
} finally {
  await arena.stop();
}

/** Many small queries that differ, one after the other, as a dashboard asks them. */
async function dashboard(name: string): Promise<void> {
  const times: number[] = [];
  for (const { url } of arena.runners) {
    const began = performance.now();
    for (let i = 0; i < 40; i++) {
      const pod = `pod-${String(i * 20).padStart(6, '0')}`;
      const query = i % 2 === 0 ? `bench_load{pod="${pod}"}` : `rate(bench_requests_total{pod="${pod}"}[5m])`;
      await timedQuery(url, { name, query, startS: FIRST_S + 7200, endS: FIRST_S + 10_800, stepS: 15 });
    }
    times.push(performance.now() - began);
  }
  console.info(`${name}: ${times.map((ms) => ms.toFixed(0)).join(' | ')} ms = ${(times[0] / times[1]).toFixed(2)}`);
}
