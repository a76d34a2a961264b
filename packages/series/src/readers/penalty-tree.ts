import type { SampleColumns } from '@tsanos/model';
import { appendSample } from './columns-ops.ts';

/** A replica, or two of them merged, that is stepped through sample by sample. */
interface Node {
  readonly alive: boolean;
  readonly time: number;
  /** The current value with what was added to it; undefined for a histogram. */
  value(): number | undefined;
  next(): void;
  seek(t: number): void;
  /** Makes sure that values go on from `last`. */
  adjust(last: number): void;
  emit(out: SampleColumns): void;
}

/**
 * Thanos' penalty deduplication of counters (functions rate, irate, increase, resets), exactly: when the chosen side of a pair
 * changes, every replica below it is lifted by what it is behind the last value, each by its own amount. For answers equal to
 * Thanos'; `penaltyMerge` is faster and keeps real resets. Values of the replicas must have been through `CounterResets`.
 */
export function penaltyMergeCounters(replicas: readonly SampleColumns[], out: SampleColumns): void {
  let node: Node = new Leaf(replicas[0]);
  for (const replica of replicas.slice(1)) node = new Pair(node, new Leaf(replica));
  for (node.next(); node.alive; node.next()) node.emit(out);
}

class Leaf implements Node {
  readonly #columns: SampleColumns;
  #at = -1;
  #offset = 0;

  constructor(columns: SampleColumns) {
    this.#columns = columns;
  }

  get alive(): boolean {
    return this.#at < this.#columns.n;
  }

  get time(): number {
    return this.#columns.t[this.#at];
  }

  value(): number | undefined {
    if (this.#columns.h?.[this.#at] !== undefined) return undefined;
    return this.#columns.v[this.#at] + this.#offset;
  }

  next(): void {
    this.#at++;
  }

  seek(t: number): void {
    while (this.alive && this.time < t) this.#at++;
  }

  adjust(last: number): void {
    const value = this.value();
    if (value !== undefined && last > value) this.#offset += last - value;
  }

  emit(out: SampleColumns): void {
    const value = this.value();
    appendSample(out, this.#columns, this.#at);
    if (value !== undefined) out.v[out.n - 1] = value;
  }
}

class Pair implements Node {
  readonly #a: Node;
  readonly #b: Node;
  #last = Number.NEGATIVE_INFINITY;
  #penaltyA = 0;
  #penaltyB = 0;
  #useA = true;

  constructor(a: Node, b: Node) {
    this.#a = a;
    this.#b = b;
    a.next();
    b.next();
  }

  get #chosen(): Node {
    return this.#useA ? this.#a : this.#b;
  }

  get alive(): boolean {
    return this.#a.alive || this.#b.alive;
  }

  get time(): number {
    return this.#chosen.time;
  }

  value(): number | undefined {
    return this.#chosen.value();
  }

  next(): void {
    const before = this.#chosen.alive ? this.#chosen.value() : undefined;
    const usedA = this.#useA;
    this.#choose();
    if (this.#useA !== usedA && before !== undefined) this.adjust(before);
  }

  #choose(): void {
    const a = this.#a;
    const b = this.#b;
    if (a.alive) a.seek(this.#last + 1 + this.#penaltyA);
    if (b.alive) b.seek(this.#last + 1 + this.#penaltyB);
    if (!a.alive) {
      this.#useA = false;
      if (b.alive) this.#last = b.time;
      this.#penaltyB = 0;
      return;
    }
    this.#useA = !b.alive || a.time <= b.time;
    const { time } = this.#chosen;
    const penalty = this.#last === Number.NEGATIVE_INFINITY ? 5000 : 2 * (time - this.#last);
    if (this.#useA) {
      this.#penaltyA = 0;
      if (b.alive) this.#penaltyB = penalty;
    } else {
      this.#penaltyB = 0;
      this.#penaltyA = penalty;
    }
    this.#last = time;
  }

  seek(t: number): void {
    while (this.alive && !(this.time >= t)) this.next();
  }

  adjust(last: number): void {
    if (this.#a.alive) this.#a.adjust(last);
    if (this.#b.alive) this.#b.adjust(last);
  }

  emit(out: SampleColumns): void {
    this.#chosen.emit(out);
  }
}
