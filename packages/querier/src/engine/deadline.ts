import { TsanosError } from '@tsanos/bytes';
import type { CallContext, Cancellation } from '@tsanos/series';

/**
 * Runs `work` for at most `timeoutMs`, then cancels what it waits for: the kernels look at the clock themselves, but a store that
 * is silent would hold the query for ever. Once time is up the outcome is a timeout, whatever `work` made of it. 0 = no limit.
 */
export async function withDeadline<T>(
  ctx: CallContext,
  timeoutMs: number,
  work: (ctx: CallContext) => Promise<T>,
): Promise<T> {
  if (!(timeoutMs > 0)) return work(ctx);
  const late = new TsanosError('timeout', 'query-timeout', 'query timed out in expression evaluation');
  const clock = new AbortController();
  // Timers hold 31 bits of ms.
  const timer = setTimeout(() => clock.abort(late), Math.min(timeoutMs, 0x7fffffff));
  try {
    const result = await work({ ...ctx, cancel: either(ctx.cancel, clock.signal, late) });
    // A source may have taken the cancelled call for a partial answer.
    clock.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw clock.signal.aborted ? late : error;
  } finally {
    clearTimeout(timer);
  }
}

function either(cancel: Cancellation, clock: AbortSignal, late: TsanosError): Cancellation {
  return {
    signal: AbortSignal.any([cancel.signal, clock]),
    get cancelled() {
      return clock.aborted || cancel.cancelled;
    },
    throwIfCancelled() {
      if (clock.aborted) throw late;
      cancel.throwIfCancelled();
    },
  };
}
