import { parseArgs } from 'node:util';
import { goldenAvailable } from '@tsanos/model/testing';
import { findPrometheus } from '@tsanos/runtime/testing';
import { fuzzPromql } from '../src/promql-fuzzer.ts';

// Random queries over a block with gaps, resets, stale markers, NaN and Inf, answered by us and by a real Prometheus.
//   npm run fuzz:promql -- --seed 1 --count 20000
// What differs is made smaller and printed; the exit code is 1 then. Queries whose answer Prometheus itself changes from
// call to call are counted and left out.

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '2000' } },
});

async function main(): Promise<number> {
  const prometheus = findPrometheus();
  if (prometheus === undefined || !goldenAvailable()) {
    console.error('fuzz:promql needs a real Prometheus and the golden data beside the repository');
    return 1;
  }
  const seed = Number(values.seed);
  const found = await fuzzPromql({
    prometheus: prometheus.prometheus,
    seed,
    count: Number(values.count),
    maxDifferences: 20,
  });
  const { same, errors, empty, different, unstable } = found;
  for (const text of different) console.log(`${text}\n`);
  const kinds = `${same} same (${errors} errors, ${empty} empty), ${different.length} different, ${unstable} unstable in Prometheus`;
  console.log(`Prometheus ${prometheus.version}, seed ${seed}: ${kinds}`);
  return different.length === 0 ? 0 : 1;
}

process.exitCode = await main();
