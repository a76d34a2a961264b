import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger, TsanosError, type LogFields, type Logger } from '@tsanos/bytes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Registry } from '../metrics/registry.ts';
import { renderMetrics } from '../metrics/exposition.ts';
import type { WorkerPool } from '../worker-pool.ts';
import { createWorkerPool } from '../worker/create-pool.ts';
import { createEngine } from './fixtures/suite-engine.ts';

/** What every size of worker pool must do. */
export function workerPoolSuite(size: number): void {
  const threads = size > 0;
  describe(`worker pool of ${size}`, () => {
    const never = new AbortController().signal;
    const metrics = new Registry();
    const lines: { msg: string; fields: LogFields }[] = [];
    let pool: WorkerPool;
    const logger = (base: LogFields): Logger => ({
      ...silentLogger,
      warn: (msg, fields) => lines.push({ msg, fields: { ...base, ...fields } }),
      with: (more) => logger({ ...base, ...more }),
    });
    const text = (): string => renderMetrics(metrics.families(), [], 'text');

    beforeAll(async () => {
      pool = await createWorkerPool({
        size,
        engines: ['suite'],
        entry: new URL('./fixtures/suite-worker.ts', import.meta.url),
        load: async () => createEngine,
        log: logger({}),
        metrics,
        memory: {
          processBytes: 1 << 20,
          processFlag: 'process-flag',
          requestBytes: 600_000,
          requestFlag: 'request-flag',
        },
      });
    });
    afterAll(() => pool.close());

    test('answers, many at a time, on all threads', async () => {
      expect(pool.size).toBe(size);
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => pool.run('echo', { i }, never)));
      expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => ({ i })));
    });

    test('bytes come as they are, from a pooled Buffer too', async () => {
      expect(Buffer.from(await pool.run<number, Uint8Array>('bytes', 10, never)).toString()).toBe('x'.repeat(10));
      expect((await pool.run<number, { body: Uint8Array }>('moved', 9, never)).body).toEqual(new Uint8Array(9).fill(7));
    });

    test('snapshots are there before the requests that follow', async () => {
      pool.publish('config', { version: 1 });
      expect(await pool.run('snapshot', 'config', never)).toEqual({ version: 1 });
      pool.publish('config', { version: 2 });
      pool.publish('seen', 'a');
      for (let i = 0; i < 4; i++) expect(await pool.run('snapshot', 'config', never)).toEqual({ version: 2 });
      expect(await pool.run('seen', undefined, never)).toEqual(['a']);
    });

    test('an error arrives with kind, code, message and fields; a foreign one as internal', async () => {
      await expect(pool.run('fail', 'too-much', never)).rejects.toMatchObject({
        kind: 'limit',
        code: 'too-much',
        message: 'failed with too-much',
        fields: { limit: 3 },
      });
      await expect(pool.run('crash', 0, never)).rejects.toMatchObject({ kind: 'internal', message: 'not one of ours' });
      await expect(pool.run('nothing', 0, never)).rejects.toMatchObject({ code: 'handler-unknown' });
      await expect(pool.run('count', 3, never)).rejects.toMatchObject({ code: 'answer-in-parts' });
      await expect(collect(pool.stream('echo', 3, never))).rejects.toMatchObject({ code: 'answer-in-one' });
    });

    test('log lines and metrics come out on main', async () => {
      await pool.run('log', 'something', never);
      expect(lines.at(-1)).toMatchObject({ msg: 'something', fields: { part: 'suite', n: 1 } });
      expect((lines.at(-1)!.fields['err'] as Error).message).toBe('with a message');
      expect(text()).toMatch(/suite_calls_total\{handler="echo"\} 201\n/);
      expect(text()).toMatch(
        /suite_sizes_bucket\{le="1"\} 0\nsuite_sizes_bucket\{le="10"\} 201\n.*\nsuite_sizes_sum 1005\nsuite_sizes_count 201\n/,
      );
    });

    test('a request that was cancelled before it began does not run', async () => {
      await expect(pool.run('echo', 1, AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
      await expect(collect(pool.stream('count', 1, AbortSignal.abort()))).rejects.toMatchObject({ kind: 'cancelled' });
    });

    test('cancel and timeout end a waiting request, at once and with their kind, and its memory comes back', async () => {
      const cancel = new AbortController();
      const held = pool.run('hold', 500_000, cancel.signal);
      setTimeout(() => cancel.abort(), 20);
      await expect(held).rejects.toMatchObject({ kind: 'cancelled' });
      await expect(pool.run('hold', 10, AbortSignal.timeout(20))).rejects.toMatchObject({ kind: 'timeout' });
      const reason = new TsanosError('limit', 'own-reason', 'own');
      const own = new AbortController();
      const other = pool.run('hold', 10, own.signal);
      own.abort(reason);
      await expect(other).rejects.toBe(reason);
      await expect.poll(() => /in_flight_bytes (\d+)/.exec(text())?.[1]).toBe('0');
    });

    test('memory limits hold at N and fail at N + 1 with their flag', async () => {
      await pool.run('take', 600_000, never);
      await expect(pool.run('take', 600_001, never)).rejects.toMatchObject({
        kind: 'limit',
        fields: { flag: 'request-flag' },
      });
      const cancel = new AbortController();
      const first = pool.run('hold', 524_288, cancel.signal);
      await expect.poll(() => /in_flight_bytes (\d+)/.exec(text())?.[1]).toBe('524288');
      await pool.run('take', 524_288, never);
      await expect(pool.run('take', 524_289, never)).rejects.toMatchObject({
        kind: 'limit',
        fields: { flag: 'process-flag' },
      });
      cancel.abort();
      await expect(first).rejects.toThrow();
    });

    test('parts arrive in order', async () => {
      const parts = await collect(pool.stream('count', 50, never));
      expect(parts.map((part) => Buffer.from(part).toString())).toEqual(
        Array.from({ length: 50 }, (_, i) => String(i)),
      );
    });

    test('an error after parts comes after them', async () => {
      const got: Uint8Array[] = [];
      const read = async (): Promise<void> => {
        for await (const part of pool.stream('half', undefined, never)) got.push(part);
      };
      await expect(read()).rejects.toMatchObject({ kind: 'corrupt', code: 'half-way' });
      expect(got).toHaveLength(1);
    });

    test('a slow reader stops the work', async () => {
      await everywhere(pool, () => pool.run('resetProduced', undefined, never));
      const parts = pool.stream('count', 1000, never)[Symbol.asyncIterator]();
      await parts.next();
      await sleep(50);
      const produced = Math.max(
        ...(await everywhere(pool, () => pool.run<undefined, number>('produced', undefined, never))),
      );
      expect(produced).toBeLessThanOrEqual(6);
      await parts.return?.();
    });

    test('leaving a stream, or cancelling it, ends the handler', async () => {
      for await (const part of pool.stream('forever', undefined, never)) {
        expect(part).toHaveLength(100);
        break;
      }
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), 20);
      await expect(collect(pool.stream('forever', undefined, cancel.signal))).rejects.toMatchObject({
        kind: 'cancelled',
      });
      await expect
        .poll(async () => sum(await everywhere(pool, () => pool.run<undefined, number>('ended', undefined, never))))
        .toBe(2);
    });

    test.runIf(threads)('a busy worker sees the cancellation within 50 ms', async () => {
      const cancel = new AbortController();
      const busy = pool.run('busy', 10_000, cancel.signal);
      await sleep(50);
      cancel.abort();
      await expect(busy).rejects.toMatchObject({ kind: 'cancelled' });
      const start = performance.now();
      await everywhere(pool, () => pool.run('echo', 1, never));
      expect(performance.now() - start).toBeLessThan(500);
    });

    test.runIf(threads)(
      'a worker that dies fails its own requests only and is replaced, with its snapshots',
      async () => {
        const cancel = new AbortController();
        const held = pool.run('hold', 300_000, cancel.signal);
        const dead = pool.run('die', undefined, never);
        await expect(dead).rejects.toMatchObject({ kind: 'internal', code: 'worker-died' });
        expect(text()).toMatch(/tsanos_engine_worker_deaths_total 1\n/);
        cancel.abort();
        await expect(held).rejects.toMatchObject({ kind: 'cancelled' });
        await expect
          .poll(() => everywhere(pool, () => pool.run('snapshot', 'config', never)), { timeout: 10_000 })
          .toEqual(Array.from({ length: size * 4 }, () => ({ version: 2 })));
        expect(text()).toMatch(/suite_calls_total\{handler="echo"\} 2\d\d\n/);
        expect(text()).toMatch(/in_flight_bytes 0\n/);
      },
    );
  });
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return all;
}

/** Runs `call` so often at a time that each thread gets its share. */
function everywhere<R>(pool: WorkerPool, call: () => Promise<R>): Promise<R[]> {
  return Promise.all(Array.from({ length: Math.max(1, pool.size * 4) }, call));
}

/** Distinct threads' values cannot be told apart; each answers the same number `4` times on a pool with threads. */
function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0) / (values.length === 1 ? 1 : 4);
}
