import type { MergeInput } from './merge-input.ts';

/** A binary heap of the streams of a merge, the one with the smallest current labels on top. */
export class MergeHeap {
  readonly #items: MergeInput[];

  constructor(items: MergeInput[]) {
    this.#items = items;
    for (let i = (items.length >> 1) - 1; i >= 0; i--) this.#down(i);
  }

  get size(): number {
    return this.#items.length;
  }

  get top(): MergeInput {
    return this.#items[0];
  }

  /** The stream that comes after the top one, undefined when there is none. */
  get second(): MergeInput | undefined {
    const [, a, b] = this.#items;
    return b !== undefined && b.compare(a) < 0 ? b : a;
  }

  /** Call after the top stream has moved on. */
  fixTop(): void {
    this.#down(0);
  }

  pop(): MergeInput {
    const items = this.#items;
    const top = items[0];
    const last = items.pop() as MergeInput;
    if (items.length > 0) {
      items[0] = last;
      this.#down(0);
    }
    return top;
  }

  push(item: MergeInput): void {
    const items = this.#items;
    let i = items.push(item) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (items[parent].compare(item) <= 0) break;
      items[i] = items[parent];
      i = parent;
    }
    items[i] = item;
  }

  #down(i: number): void {
    const items = this.#items;
    const item = items[i];
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1].compare(items[child]) < 0) child++;
      if (items[child].compare(item) >= 0) break;
      items[i] = items[child];
      i = child;
    }
    items[i] = item;
  }
}
