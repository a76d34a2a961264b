import type { FloatHistogram } from './histogram.ts';

/**
 * Samples of one series as growable columns, ascending in time; the only sample currency of the house.
 *
 * `v` and `w` are two views of one buffer: `w[2*i]` is the low and `w[2*i+1]` the high int32 word of `v[i]`. The stale
 * marker (0x7ff0000000000002) is a signalling NaN, so code that copies or detects one uses `w`, or typed-array copies,
 * never a number variable. Where `h[i]` is set the sample is a native histogram and `v[i]` holds the bits of its sum,
 * so that staleness is tested in one way for both kinds.
 *
 * Columns are scratch: they are cleared and refilled, and whoever fills them next overwrites what was there.
 */
export class SampleColumns {
  /** Times in ms since the epoch. */
  t: Float64Array;
  /** Values; for a histogram sample the bits of its sum. */
  v: Float64Array;
  /** The int32 words of `v`, little endian. */
  w: Int32Array;
  /** How many samples are there. */
  n = 0;
  /** Start timestamps in ms, 0 = unknown; undefined until some chunk brings one. */
  st: Float64Array | undefined;
  /** Histograms by sample index; undefined while all samples are floats. */
  h: (FloatHistogram | undefined)[] | undefined;

  constructor(capacity = 1024) {
    this.t = new Float64Array(capacity);
    this.v = new Float64Array(capacity);
    this.w = new Int32Array(this.v.buffer);
  }

  /** Forgets the samples, keeps the memory. */
  clear(): void {
    this.n = 0;
    this.st = undefined;
    this.h = undefined;
  }

  /** Makes room for `extra` more samples; views held from before may be stale afterwards. */
  reserve(extra: number): void {
    const need = this.n + extra;
    if (need <= this.t.length) return;
    const capacity = Math.max(need, this.t.length * 2);
    const t = new Float64Array(capacity);
    t.set(this.t.subarray(0, this.n));
    const v = new Float64Array(capacity);
    v.set(this.v.subarray(0, this.n));
    if (this.st !== undefined) {
      const st = new Float64Array(capacity);
      st.set(this.st.subarray(0, this.n));
      this.st = st;
    }
    this.t = t;
    this.v = v;
    this.w = new Int32Array(v.buffer);
  }
}

/** High word of the stale marker; its low word is `STALE_LO`. */
export const STALE_HI = 0x7ff00000;
export const STALE_LO = 2;

/** Whether sample `i` of the words view `w` is the stale marker. */
export function isStaleAt(w: Int32Array, i: number): boolean {
  return w[2 * i + 1] === STALE_HI && w[2 * i] === STALE_LO;
}
