// `tsanos all`, and `tsanos query` before `tsanos store`, beside a real Prometheus on the same block: 1,000 counters and as many
// gauges over 24 hours at 15 s, `query_range` with a step of 60 s. Every figure is a ratio of the same run.
// node e2e/bench/spine.bench.ts [runs]
import { benchBlock } from '@tsanos/tools';
import { openArena } from './arena.ts';
import { printLap, race } from './race.ts';

const RUNS = Number(process.argv[2] ?? 7);
const END_S = 1_764_115_200;
const range = { startS: END_S - 86_400, endS: END_S - 60, stepS: 60 };

const QUERIES = [
  'count(rate(bench_requests_total[5m]))',
  'sum by (handler) (rate(bench_requests_total[5m]))',
  'rate(bench_requests_total[5m])',
  'avg_over_time(bench_load[1h])',
  'bench_load',
];

const arena = await openArena(
  (folder) => {
    benchBlock({ folder, endMs: END_S * 1000 });
  },
  { twoProcesses: true },
);
try {
  for (const query of QUERIES) {
    const named = { name: query.replaceAll(/bench_\w+/g, 'x'), query, ...range };
    printLap(named, await race(arena.runners, named, RUNS));
  }
  arena.printUsage();
} finally {
  await arena.stop();
}
