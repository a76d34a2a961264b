import type { SeriesBatch } from '../series-batch.ts';
import { compareSeries } from './batch-slice.ts';
import type { VerifiedBatch } from './sorted-stream.ts';

/** One stream of a merge: the batch it is in, the series it is at, and the batch after, asked for ahead of time. */
export class MergeInput {
  batch: SeriesBatch;
  /** The series this stream is at. */
  at = 0;
  /** Equal neighbours within the batch. */
  repeats: number;
  /** Breaks ties between streams. */
  readonly index: number;
  readonly #iterator: AsyncIterator<VerifiedBatch>;
  #ahead: Promise<IteratorResult<VerifiedBatch>>;
  #next: IteratorResult<VerifiedBatch> | undefined;

  constructor(index: number, iterator: AsyncIterator<VerifiedBatch>, first: VerifiedBatch) {
    this.index = index;
    this.#iterator = iterator;
    this.batch = first.batch;
    this.repeats = first.repeats;
    this.#ahead = this.#ask();
  }

  /** Whether the series after the last one of this batch, in the next batch, has the same labels. */
  async nextContinues(): Promise<boolean> {
    this.#next ??= await this.#ahead;
    return this.#next.done !== true && this.#next.value.continues;
  }

  /** Goes to the next batch; false at the end of the stream. */
  async advance(): Promise<boolean> {
    const next = this.#next ?? (await this.#ahead);
    this.#next = undefined;
    if (next.done === true) return false;
    this.batch = next.value.batch;
    this.repeats = next.value.repeats;
    this.at = 0;
    this.#ahead = this.#ask();
    return true;
  }

  /** Order by current labels, then by index. */
  compare(other: MergeInput): number {
    return compareSeries(this.batch, this.at, other.batch, other.at) || this.index - other.index;
  }

  /** The first series from `at` on whose labels are not below the current labels of `other`; the batch's end when all are. */
  below(other: MergeInput): number {
    const { batch } = this;
    const less = (i: number): boolean => compareSeries(batch, i, other.batch, other.at) < 0;
    if (!less(this.at)) return this.at;
    // Runs are short where streams interleave and long where they do not: look at the next one, at the last one, then gallop.
    let low = this.at + 1;
    if (low === batch.count || !less(low)) return low;
    if (less(batch.count - 1)) return batch.count;
    let step = 1;
    while (low + step < batch.count && less(low + step)) {
      low += step;
      step *= 2;
    }
    let high = Math.min(low + step, batch.count - 1);
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (less(middle)) low = middle;
      else high = middle;
    }
    return high;
  }

  #ask(): Promise<IteratorResult<VerifiedBatch>> {
    const ahead = this.#iterator.next();
    // Whoever awaits it sees the error; when nobody does any more, it must not count as unhandled.
    ahead.catch(() => {});
    return ahead;
  }
}
