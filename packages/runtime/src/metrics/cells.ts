import type { CounterCell, GaugeCell, HistogramCell } from '@tsanos/bytes';

/** Values of one child: `slots[at …]`. Shared memory in a worker, one writer; main adds the copies of all threads up. */
export interface Slots {
  readonly slots: Float64Array;
  readonly at: number;
}

/** Hands out runs of slots. */
export interface SlotAllocator {
  /** `count` slots of value 0 that stay in place for the life of the thread. */
  take(count: number): Slots;
}

const PAGE_SLOTS = 2048;

/** Slots on pages of memory; `shared` pages can be read by another thread while this one writes. */
export class PagedSlots implements SlotAllocator {
  readonly #shared: boolean;
  #page: Float64Array;
  #used = 0;

  constructor(shared: boolean) {
    this.#shared = shared;
    this.#page = this.#newPage(PAGE_SLOTS);
  }

  take(count: number): Slots {
    if (this.#used + count > this.#page.length) {
      this.#page = this.#newPage(Math.max(PAGE_SLOTS, count));
      this.#used = 0;
    }
    const taken = { slots: this.#page, at: this.#used };
    this.#used += count;
    return taken;
  }

  #newPage(count: number): Float64Array {
    return new Float64Array(this.#shared ? new SharedArrayBuffer(count * 8) : new ArrayBuffer(count * 8));
  }
}

/** A counter or gauge that is one slot. */
export class NumberCell implements CounterCell, GaugeCell {
  readonly #slots: Float64Array;
  readonly #at: number;

  constructor({ slots, at }: Slots) {
    this.#slots = slots;
    this.#at = at;
  }

  inc(by = 1): void {
    this.#slots[this.#at]! += by;
  }

  dec(by = 1): void {
    this.#slots[this.#at]! -= by;
  }

  set(value: number): void {
    this.#slots[this.#at] = value;
  }
}

/** A histogram: a slot for each bucket (not cumulative), one for what is above the last bound, one for the sum. */
export class BucketCell implements HistogramCell {
  readonly #slots: Float64Array;
  readonly #at: number;
  readonly #bounds: readonly number[];

  constructor({ slots, at }: Slots, bounds: readonly number[]) {
    this.#slots = slots;
    this.#at = at;
    this.#bounds = bounds;
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    this.#slots[this.#at + low]! += 1;
    this.#slots[this.#at + bounds.length + 1]! += value;
  }
}
