import { silentLogger, TsanosError, type Logger } from '@tsanos/bytes';
import { describe, expect, test } from 'vitest';
import { periodically } from './periodic.ts';
import { backoffMs, retry } from './retry.ts';

const never = new AbortController().signal;
const again = new TsanosError('retryable', 'later', 'not now');

describe('retry', () => {
  test('until success, only what can be tried again', async () => {
    let calls = 0;
    const work = async (): Promise<string> => {
      if (++calls < 3) throw again;
      return 'done';
    };
    expect(await retry(work, { firstMs: 1, maxMs: 2 }, never)).toBe('done');
    expect(calls).toBe(3);
    calls = 0;
    const fatal = (): Promise<never> => {
      calls++;
      return Promise.reject(new Error('fatal'));
    };
    await expect(retry(fatal, { firstMs: 1, maxMs: 2 }, never)).rejects.toThrow('fatal');
    expect(calls).toBe(1);
    await expect(retry(fatal, { firstMs: 1, maxMs: 2, tries: 4 }, never, () => true)).rejects.toThrow('fatal');
    expect(calls).toBe(5);
    await expect(retry(fatal, { firstMs: 50, maxMs: 50, totalMs: 20 }, never, () => true)).rejects.toThrow('fatal');
    expect(calls).toBe(6);
  });

  test('an abort ends the pause with the last error', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 10);
    const start = performance.now();
    await expect(retry(() => Promise.reject(again), { firstMs: 10_000, maxMs: 10_000 }, stop.signal)).rejects.toBe(
      again,
    );
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('pauses grow, within bounds, with jitter', () => {
    const backoff = { firstMs: 100, maxMs: 1000, jitter: 0.5 };
    expect([1, 2, 3, 4, 5, 9].map((attempt) => backoffMs(backoff, attempt, () => 0.5))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ]);
    expect([backoffMs(backoff, 1, () => 0), backoffMs(backoff, 1, () => 1)]).toEqual([50, 150]);
  });
});

describe('periodically', () => {
  test('goes on after a failure, logs it, ends with the signal', async () => {
    const stop = new AbortController();
    const errors: string[] = [];
    const log: Logger = { ...silentLogger, error: (msg) => errors.push(msg) };
    let runs = 0;
    const work = async (): Promise<void> => {
      runs++;
      if (runs === 4) stop.abort();
      if (runs === 2) throw new Error('x');
    };
    await periodically(work, { intervalMs: 1, log, what: 'the sync' }, stop.signal);
    expect([runs, errors]).toEqual([4, ['the sync failed']]);
    await periodically(work, { intervalMs: 1, log, what: 'the sync', immediately: false }, AbortSignal.abort());
    expect(runs).toBe(4);
  });
});
