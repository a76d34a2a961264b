import { TsanosError } from '@tsanos/bytes';
import type { CallContext } from '../series-source.ts';

/** A call context for tests, and what happened to it. */
export interface TestContext extends CallContext {
  /** Warnings in order of first appearance. */
  readonly warnings: string[];
  /** Bytes taken from the budget and not given back. */
  readonly bytesHeld: number;
  /** The most that was held at a time. */
  readonly bytesPeak: number;
  /** Cancels the call. */
  cancelNow(): void;
}

/** A call context with a budget of `maxBytes`. */
export function testContext(maxBytes = 2 ** 40, tenant = 'default-tenant'): TestContext {
  const controller = new AbortController();
  const warnings: string[] = [];
  let held = 0;
  let peak = 0;
  return {
    cancel: {
      signal: controller.signal,
      get cancelled() {
        return controller.signal.aborted;
      },
      throwIfCancelled() {
        if (controller.signal.aborted) throw controller.signal.reason;
      },
    },
    budget: {
      takeBytes(bytes) {
        if (held + bytes > maxBytes)
          throw new TsanosError(
            'limit',
            'budget',
            `take ${bytes} bytes: ${held} of ${maxBytes} are in use; raise --test.budget`,
          );
        held += bytes;
        peak = Math.max(peak, held);
      },
      giveBytes(bytes) {
        held -= bytes;
      },
    },
    tenant,
    warn(text) {
      if (!warnings.includes(text)) warnings.push(text);
    },
    warnings,
    get bytesHeld() {
      return held;
    },
    get bytesPeak() {
      return peak;
    },
    cancelNow() {
      controller.abort(new TsanosError('cancelled', 'cancelled', 'the test cancelled the call'));
    },
  };
}
