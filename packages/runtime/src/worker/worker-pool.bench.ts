import { Worker } from 'node:worker_threads';
import { silentLogger } from '@tsanos/bytes';
import { Registry } from '../metrics/registry.ts';
import { createEngine } from '../testing/fixtures/suite-engine.ts';
import { createWorkerPool } from './create-pool.ts';

// Round trips through the pool against bare postMessage to an echoing worker, alternating in the same run.
const ROUNDS = 7;
const never = new AbortController().signal;
const request = { query: 'sum(rate(http_requests_total[5m]))', start: 1, end: 2, step: 3 };

const pool = await createWorkerPool({
  size: 1,
  engines: ['suite'],
  entry: new URL('../testing/fixtures/suite-worker.ts', import.meta.url),
  load: async () => createEngine,
  log: silentLogger,
  metrics: new Registry(),
});
const bare = new Worker(new URL('../testing/fixtures/echo-worker.ts', import.meta.url));
const waiting = new Map<number, () => void>();
let nextId = 0;
bare.on('message', (message: { id: number }) => {
  waiting.get(message.id)?.();
  waiting.delete(message.id);
});
const bareRun = (): Promise<void> =>
  new Promise((resolve) => {
    const id = nextId++;
    waiting.set(id, resolve);
    bare.postMessage({ id, request });
  });
const poolRun = (): Promise<unknown> => pool.run('echo', request, never);

/** µs a call with `flight` of them at a time. */
async function time(call: () => Promise<unknown>, calls: number, flight: number): Promise<number> {
  const from = performance.now();
  await Promise.all(
    Array.from({ length: flight }, async () => {
      for (let i = 0; i < calls / flight; i++) await call();
    }),
  );
  return ((performance.now() - from) * 1000) / calls;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

for (const flight of [1, 16]) {
  const [pools, bares]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    pools.push(await time(poolRun, 4000, flight));
    bares.push(await time(bareRun, 4000, flight));
  }
  const [p, b] = [median(pools), median(bares)];
  console.log(
    `${String(flight).padStart(2)} in flight: pool ${p.toFixed(1)} µs a call, bare postMessage ${b.toFixed(1)} µs: ${(p / b).toFixed(2)}x`,
  );
}

const parts = 4000;
const from = performance.now();
let bytes = 0;
for await (const part of pool.stream('blocks', parts, never)) bytes += part.byteLength;
const seconds = (performance.now() - from) / 1000;
console.log(
  `stream of 64 KiB parts: ${(parts / seconds).toFixed(0)} parts/s, ${(bytes / seconds / 2 ** 20).toFixed(0)} MiB/s`,
);

const cancels: number[] = [];
for (let i = 0; i < 20; i++) {
  const cancel = new AbortController();
  const busy = pool.run('busy', 10_000, cancel.signal).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 5));
  const at = performance.now();
  cancel.abort();
  await busy;
  await poolRun();
  cancels.push((performance.now() - at) * 1000);
}
console.log(`cancel of a busy worker until its next answer: ${median(cancels).toFixed(0)} µs`);
await pool.close();
await bare.terminate();
