import { SampleColumns } from '@tsanos/model';
import { CounterResets } from './counter-resets.ts';

/**
 * Joins the chunks of one counter so that the engine's own reset detection gives the true increase: raw samples stay as
 * they are, bit for bit; totals of downsampled chunks, which hide their resets, go on where the series was. Raw samples
 * after downsampled ones are lifted to go on from there until their first reset, after which they count from zero again.
 */
export class CounterJoin {
  #totals: CounterResets | undefined;
  /** What raw samples are lifted by. */
  #offset = 0;
  /** The last raw value before the lift. */
  #lastV = 0;

  /** The samples from index `from` on in `out` are those of the next raw chunk. */
  raw(out: SampleColumns, from: number): void {
    if (this.#totals !== undefined) {
      // The last sample given is the total; the true value behind it may be lower.
      this.#lastV = this.#totals.lastV;
      this.#offset = from > 0 ? out.v[from - 1] - this.#lastV : 0;
      this.#totals = undefined;
    }
    if (this.#offset === 0) return;
    const { v, h } = out;
    for (let i = from; i < out.n; i++) {
      if (h !== undefined && h[i] !== undefined) continue;
      const value = v[i];
      if (value !== value) continue;
      if (value < this.#lastV) {
        this.#offset = 0;
        return;
      }
      this.#lastV = value;
      v[i] = value + this.#offset;
    }
  }

  /** Appends the samples of the next downsampled counter chunk; `start` is where the series begins in `out`. */
  downsampled(samples: SampleColumns, out: SampleColumns, start: number): void {
    if (this.#totals === undefined) {
      this.#totals = new CounterResets();
      for (let i = out.n - 1; i >= start; i--) {
        if (out.h?.[i] !== undefined) break;
        const value = out.v[i];
        if (value !== value) continue;
        this.#totals.resume(out.t[out.n - 1], value - this.#offset, value);
        break;
      }
    }
    this.#totals.chunk(samples, out);
  }
}
