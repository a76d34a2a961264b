/**
 * The windows of one series, one a step: window `i` is `(ref - range, ref]` with `ref = first + i * stride`. A stride of 0
 * repeats one window (`@`). Times in ms.
 */
export interface Grid {
  readonly steps: number;
  readonly first: number;
  readonly stride: number;
  readonly range: number;
  /** Told how many samples were looked at, by kernels that look at each window's; throws when they are to stop. */
  readonly worked?: (samples: number) => void;
}

/** Where a kernel writes: value and presence (1 = float) of step `i` go to index `base + i`. Presence is zero before. */
export interface RowTarget {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly base: number;
}

/** Float samples of one series, ascending in time, without stale markers: the first `n` entries. */
export interface FloatSamples {
  readonly t: Float64Array;
  readonly v: Float64Array;
  readonly n: number;
}

/**
 * A kernel computes one range function for all windows of a series. It writes nothing where a window has too few samples.
 * Every kernel has a twin that looks at one window only; both give the same bits.
 */
export type SlidingKernel = (samples: FloatSamples, grid: Grid, target: RowTarget) => void;

/** The value of one window `[from, to)`, which is not empty. */
export type WindowFunction = (samples: FloatSamples, from: number, to: number) => number;

/** Applies a window function to every window with at least `least` samples. */
export function eachWindow(
  samples: FloatSamples,
  grid: Grid,
  target: RowTarget,
  least: number,
  compute: WindowFunction,
): void {
  const { t, n } = samples;
  const { values, present, base } = target;
  const { worked } = grid;
  let from = 0;
  let to = 0;
  for (let i = 0; i < grid.steps; i++) {
    const end = grid.first + i * grid.stride;
    const start = end - grid.range;
    while (to < n && t[to] <= end) to++;
    while (from < n && t[from] <= start) from++;
    if (to - from < least) continue;
    values[base + i] = compute(samples, from, to);
    present[base + i] = 1;
    worked?.(to - from);
  }
}
