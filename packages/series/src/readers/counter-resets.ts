import type { SampleColumns } from '@tsanos/model';
import { appendRange } from './columns-ops.ts';

/**
 * Thanos' counter iteration: adds up the resets of one series over a list of chunks, raw or downsampled. A downsampled
 * counter chunk begins with the first raw sample and ends with the last raw value at the time of the sample before it;
 * this knows both. Used as it is where Thanos' answers are wanted, and by `CounterJoin` for downsampled chunks.
 */
export class CounterResets {
  #lastT = Number.NEGATIVE_INFINITY;
  #lastV = 0;
  #total = 0;
  #any = false;

  /** The last true value seen. */
  get lastV(): number {
    return this.#lastV;
  }

  /** Starts a series that so far ended with value `lastV` at `lastT`, given out as `total`. */
  resume(lastT: number, lastV: number, total: number): void {
    this.#lastT = lastT;
    this.#lastV = lastV;
    this.#total = total;
    this.#any = true;
  }

  /** Appends the running totals of the next chunk's samples to `out`. NaNs are left out; histograms pass as they are. */
  chunk(samples: SampleColumns, out: SampleColumns): void {
    const { t, v, h } = samples;
    out.reserve(samples.n);
    for (let i = 0; i < samples.n; i++) {
      const time = t[i];
      if (h !== undefined && h[i] !== undefined) {
        if (time <= this.#lastT) continue;
        this.#lastT = time;
        appendRange(out, samples, i, i + 1);
        continue;
      }
      const value = v[i];
      if (value !== value) continue;
      if (!this.#any) {
        this.#any = true;
        this.#total = value;
      } else if (time > this.#lastT) {
        this.#total += value >= this.#lastV ? value - this.#lastV : value;
      } else {
        if (time === this.#lastT) this.#lastV = value;
        continue;
      }
      this.#lastT = time;
      this.#lastV = value;
      out.t[out.n] = time;
      out.v[out.n] = this.#total;
      out.n++;
    }
  }
}
