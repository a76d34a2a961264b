import { TsanosError } from '@tsanos/bytes';
import type { RequestCancel } from './engine.ts';

/** Values of a request's int32. */
export const NOT_CANCELLED = 0;
const CANCELLED = 1;
const TIMED_OUT = 2;

/** The int32 that says why `signal` was aborted. */
export function cancelCode(signal: AbortSignal): number {
  const reason: unknown = signal.reason;
  const timedOut =
    (reason instanceof TsanosError && reason.kind === 'timeout') ||
    (reason instanceof DOMException && reason.name === 'TimeoutError');
  return timedOut ? TIMED_OUT : CANCELLED;
}

/** The error that a cancelled request ends with. */
export function cancelError(code: number): TsanosError {
  return code === TIMED_OUT
    ? new TsanosError('timeout', 'request-timed-out', 'the request ran into its timeout')
    : new TsanosError('cancelled', 'request-cancelled', 'the request was cancelled by its caller');
}

/** The error that work under an aborted `signal` ends with: its reason, when that is one of ours. */
export function abortError(signal: AbortSignal): TsanosError {
  return signal.reason instanceof TsanosError ? signal.reason : cancelError(cancelCode(signal));
}

/** Cancellation through an int32 in shared memory, seen at once by a busy thread; `abort` fires the signal for I/O. */
export class SharedCancel implements RequestCancel {
  readonly #slots: Int32Array;
  readonly #at: number;
  readonly #controller = new AbortController();

  constructor(slots: Int32Array, at: number) {
    this.#slots = slots;
    this.#at = at;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get cancelled(): boolean {
    return Atomics.load(this.#slots, this.#at) !== NOT_CANCELLED || this.#controller.signal.aborted;
  }

  throwIfCancelled(): void {
    if (this.#controller.signal.aborted) throw abortError(this.#controller.signal);
    const code = Atomics.load(this.#slots, this.#at);
    if (code !== NOT_CANCELLED) throw cancelError(code);
  }

  abort(): void {
    this.#controller.abort(cancelError(Atomics.load(this.#slots, this.#at)));
  }
}

/** Cancellation on one thread, by an AbortSignal. */
export class SignalCancel implements RequestCancel {
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  get cancelled(): boolean {
    return this.signal.aborted;
  }

  throwIfCancelled(): void {
    if (this.signal.aborted) throw abortError(this.signal);
  }
}
