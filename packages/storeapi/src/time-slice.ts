import { setImmediate as nextTurn } from 'node:timers/promises';

/** Longest stretch of work between two turns of the event loop. */
const SLICE_MS = 3;

/** Keeps long loops from holding up their thread: awaits a turn of the event loop once a slice is used up. */
export class TimeSlice {
  #from = performance.now();

  /** Whether it is time to `turn`. */
  get over(): boolean {
    return performance.now() - this.#from >= SLICE_MS;
  }

  async turn(): Promise<void> {
    await nextTurn();
    this.#from = performance.now();
  }
}
