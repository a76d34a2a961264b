import { setTimeout as sleep } from 'node:timers/promises';
import { TsanosError } from '@tsanos/bytes';

/** How long to wait between tries, and when to give up. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Growth of the pause; 2 when not given. */
  readonly factor?: number;
  /** Share of a pause that is random, 0 … 1; 0.2 when not given. */
  readonly jitter?: number;
  /** Gives up when this much time has passed since the first try; never when not given. */
  readonly totalMs?: number;
  /** Gives up after so many tries; never when not given. */
  readonly tries?: number;
}

/** The pause after the `attempt`-th failure (from 1). */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const { firstMs, maxMs, factor = 2, jitter = 0.2 } = backoff;
  const pause = Math.min(maxMs, firstMs * factor ** (attempt - 1));
  return pause * (1 - jitter + 2 * jitter * random());
}

/**
 * Calls `work` until it succeeds. An error is tried again when `again` says so (default: those of kind `retryable`), and is
 * thrown when it does not, when time or tries are used up, or when `signal` is aborted.
 */
export async function retry<T>(
  work: (attempt: number) => Promise<T>,
  backoff: Backoff,
  signal: AbortSignal,
  again: (error: unknown, attempt: number) => boolean = (error) =>
    error instanceof TsanosError && error.kind === 'retryable',
): Promise<T> {
  const start = performance.now();
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (signal.aborted || !again(error, attempt) || attempt >= (backoff.tries ?? Infinity)) throw error;
      const pause = backoffMs(backoff, attempt);
      if (performance.now() - start + pause > (backoff.totalMs ?? Infinity)) throw error;
      try {
        await sleep(pause, undefined, { signal });
      } catch {
        throw error;
      }
    }
  }
}
