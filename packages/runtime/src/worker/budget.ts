import { TsanosError } from '@tsanos/bytes';
import type { RequestMemory } from './engine.ts';

/** The shared counter is in KiB, so that an int32 reaches 2 TiB. */
const UNIT = 1024;

/** Limits of memory in flight, with the flags to name in an error. 0 = no limit. */
export interface MemoryLimits {
  /** All requests of the process together. */
  readonly processBytes: number;
  readonly processFlag: string;
  /** One request. */
  readonly requestBytes: number;
  readonly requestFlag: string;
}

export const NO_MEMORY_LIMITS: MemoryLimits = { processBytes: 0, processFlag: '', requestBytes: 0, requestFlag: '' };

/** Threads that can share a counter. */
const MAX_THREADS = 1023;

/**
 * Bytes that all requests of all threads hold. Send `buffer` and `limits` to another thread and make one there with a
 * `thread` number of its own: they count together, and what a thread held when it died can be given back.
 */
export class SharedMemoryCounter {
  readonly buffer: SharedArrayBuffer;
  readonly limits: MemoryLimits;
  /** [0] is the sum, [1 + thread] the share of each thread. */
  readonly #units: Int32Array;
  readonly #share: number;

  constructor(
    limits: MemoryLimits,
    thread = 0,
    buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * (1 + MAX_THREADS)),
  ) {
    this.limits = limits;
    this.buffer = buffer;
    this.#units = new Int32Array(buffer);
    this.#share = 1 + thread;
  }

  /** Bytes in flight now, to the KiB. */
  get bytes(): number {
    return Atomics.load(this.#units, 0) * UNIT;
  }

  /** Takes `units` KiB; false, and nothing taken, when that passes the limit. */
  take(units: number): boolean {
    const before = Atomics.add(this.#units, 0, units);
    const { processBytes } = this.limits;
    if (processBytes > 0 && (before + units) * UNIT > processBytes) {
      Atomics.sub(this.#units, 0, units);
      return false;
    }
    Atomics.add(this.#units, this.#share, units);
    return true;
  }

  give(units: number): void {
    Atomics.sub(this.#units, this.#share, units);
    Atomics.sub(this.#units, 0, units);
  }

  /** Gives back what a thread that is gone still held. */
  bury(thread: number): void {
    const held = Atomics.exchange(this.#units, 1 + thread, 0);
    Atomics.sub(this.#units, 0, held);
  }
}

/** What one request holds. Exact in bytes by itself, in whole KiB against the shared counter. */
export class RequestBudget implements RequestMemory {
  readonly #counter: SharedMemoryCounter;
  #bytes = 0;
  #units = 0;

  constructor(counter: SharedMemoryCounter) {
    this.#counter = counter;
  }

  /** Bytes it holds now. */
  get bytes(): number {
    return this.#bytes;
  }

  takeBytes(bytes: number): void {
    const { limits } = this.#counter;
    const next = this.#bytes + bytes;
    if (limits.requestBytes > 0 && next > limits.requestBytes) {
      throw new TsanosError(
        'limit',
        'request-memory',
        `the request needs more than ${limits.requestBytes} bytes of memory: ask for fewer series or a shorter range, or raise --${limits.requestFlag}`,
        { limit: limits.requestBytes, flag: limits.requestFlag },
      );
    }
    const units = Math.ceil(next / UNIT);
    if (units > this.#units) {
      if (!this.#counter.take(units - this.#units)) {
        throw new TsanosError(
          'limit',
          'process-memory',
          `all requests together need more than ${limits.processBytes} bytes of memory: try again later, ask for less, or raise --${limits.processFlag}`,
          { limit: limits.processBytes, flag: limits.processFlag },
        );
      }
      this.#units = units;
    }
    this.#bytes = next;
  }

  giveBytes(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    const units = Math.ceil(this.#bytes / UNIT);
    if (units < this.#units) {
      this.#counter.give(this.#units - units);
      this.#units = units;
    }
  }

  /** Gives back all that is still held. */
  close(): void {
    this.giveBytes(this.#bytes);
  }
}
