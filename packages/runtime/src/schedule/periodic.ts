import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@tsanos/bytes';

export interface PeriodicOptions {
  /** From the end of one run to the start of the next. */
  readonly intervalMs: number;
  /** Whether the first run starts at once or after one interval; at once when not given. */
  readonly immediately?: boolean;
  readonly log: Logger;
  /** What runs, for the log line of a failure. */
  readonly what: string;
}

/**
 * Runs `work` again and again, never twice at a time, until `signal` is aborted. A failure is logged and the next run comes as usual.
 * Resolves when the last run has ended; never rejects.
 */
export async function periodically(
  work: (signal: AbortSignal) => Promise<void>,
  options: PeriodicOptions,
  signal: AbortSignal,
): Promise<void> {
  let wait = options.immediately === false;
  while (!signal.aborted) {
    if (wait) {
      try {
        await sleep(options.intervalMs, undefined, { signal });
      } catch {
        return;
      }
    }
    wait = true;
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted)
        options.log.error(`${options.what} failed`, { err: error instanceof Error ? error : new Error(String(error)) });
    }
  }
}
