import type { SampleColumns } from '@tsanos/model';

/**
 * `chainMerge` of two columns of plain floats, which is nearly always what it is: the same choices without a heap. What
 * Prometheus' iterator does with two: it stays with the current input while that is earlier, else changes.
 */
export function chainPair(a: SampleColumns, b: SampleColumns, out: SampleColumns): void {
  out.reserve(a.n + b.n);
  const T = out.t;
  const W = out.w;
  let n = out.n;
  const { t: at, w: aw, n: an } = a;
  const { t: bt, w: bw, n: bn } = b;
  let i = 0;
  let k = 0;
  // Whether a is the current input; the one that is not stands at its next sample.
  let inA = true;
  let last = Number.NEGATIVE_INFINITY;
  for (;;) {
    if (inA) {
      if (i < an && at[i] === last) {
        i++;
        continue;
      }
      if (i >= an || (k < bn && !(at[i] < bt[k]))) {
        if (k >= bn) break;
        inA = false;
        if (bt[k] === last) {
          k++;
          continue;
        }
      }
    } else {
      if (k < bn && bt[k] === last) {
        k++;
        continue;
      }
      if (k >= bn || (i < an && !(bt[k] < at[i]))) {
        if (i >= an) break;
        inA = true;
        if (at[i] === last) {
          i++;
          continue;
        }
      }
    }
    if (inA) {
      last = at[i];
      W[2 * n] = aw[2 * i];
      W[2 * n + 1] = aw[2 * i + 1];
      i++;
    } else {
      last = bt[k];
      W[2 * n] = bw[2 * k];
      W[2 * n + 1] = bw[2 * k + 1];
      k++;
    }
    T[n++] = last;
  }
  out.n = n;
}

/** Whether columns hold nothing but times and floats. */
export function isPlain(columns: SampleColumns): boolean {
  return columns.h === undefined && columns.st === undefined;
}
