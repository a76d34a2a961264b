import { goldenAvailable } from '@tsanos/model/testing';
import { findPrometheus } from '@tsanos/runtime/testing';
import { describe, expect, it } from 'vitest';
import { fuzzPromql } from './src/promql-fuzzer.ts';

const SEED = Number(process.env['TSANOS_SEED'] ?? 20_251_126);
const COUNT = Math.round(15_000 * Number(process.env['TSANOS_SOAK'] ?? 0.1));

const prometheus = findPrometheus();
const possible = prometheus !== undefined && goldenAvailable();
if (!possible)
  console.warn('SKIPPED: random PromQL queries: no real Prometheus, or no golden data beside the repository');

describe.skipIf(!possible)('random queries', () => {
  it(`are answered as a real Prometheus answers them, seed ${SEED}`, { timeout: 1_800_000 }, async () => {
    const options = { prometheus: prometheus?.prometheus ?? '', seed: SEED, count: COUNT, maxDifferences: 5 };
    const { same, errors, empty, unstable, different } = await fuzzPromql(options);
    expect(different).toEqual([]);
    expect(same + unstable).toBe(COUNT);
    // Otherwise the answers say little.
    expect(errors + empty).toBeLessThan(COUNT / 2);
    expect(unstable).toBeLessThan(COUNT / 50);
  });
});
