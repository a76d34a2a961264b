import { NOT_CANCELLED } from './cancellation.ts';

/** Requests a page of slots serves at a time; a thread with more in flight has more pages. */
const PAGE_SLOTS = 1024;

/** One request's int32 in shared memory. */
export interface CancelSlot {
  readonly page: number;
  readonly at: number;
}

/** The int32s of the requests that one worker runs. Main hands them out and writes them. */
export class CancelSlots {
  readonly #pages: Int32Array<SharedArrayBuffer>[] = [];
  #free: CancelSlot[] = [];
  readonly #onPage: (page: SharedArrayBuffer) => void;

  /** `onPage` is told about each new page before a slot of it is handed out. */
  constructor(onPage: (page: SharedArrayBuffer) => void) {
    this.#onPage = onPage;
  }

  /** A slot that says "not cancelled". */
  take(): CancelSlot {
    if (this.#free.length === 0) this.#grow();
    const slot = this.#free.pop()!;
    Atomics.store(this.#pages[slot.page]!, slot.at, NOT_CANCELLED);
    return slot;
  }

  /** Tells the worker. `code` as `cancelCode` gives it. */
  cancel(slot: CancelSlot, code: number): void {
    Atomics.store(this.#pages[slot.page]!, slot.at, code);
  }

  /** Only after the worker has ended the request: it may read the slot until then. */
  give(slot: CancelSlot): void {
    this.#free.push(slot);
  }

  #grow(): void {
    const page = this.#pages.length;
    const buffer = new SharedArrayBuffer(PAGE_SLOTS * 4);
    this.#pages.push(new Int32Array(buffer));
    for (let at = PAGE_SLOTS - 1; at >= 0; at--) this.#free.push({ page, at });
    this.#onPage(buffer);
  }
}
