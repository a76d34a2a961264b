import type { SampleColumns } from '@tsanos/model';

/** `penaltyMerge` of two columns of plain floats without counter handling: the same choices, without objects. */
export function penaltyPair(a: SampleColumns, b: SampleColumns, out: SampleColumns, firstPenalty: number): void {
  out.reserve(a.n + b.n);
  const T = out.t;
  const W = out.w;
  let n = out.n;
  const { t: at, w: aw, n: an } = a;
  const { t: bt, w: bw, n: bn } = b;
  let i = 0;
  let k = 0;
  let nextA = Number.NEGATIVE_INFINITY;
  let nextB = Number.NEGATIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (;;) {
    while (i < an && at[i] < nextA) i++;
    while (k < bn && bt[k] < nextB) k++;
    if (i < an && (k >= bn || at[i] <= bt[k])) {
      const t = at[i];
      T[n] = t;
      W[2 * n] = aw[2 * i];
      W[2 * n + 1] = aw[2 * i + 1];
      if (k < bn) nextB = t + 1 + (n === out.n ? firstPenalty : 2 * (t - last));
      nextA = t + 1;
      last = t;
    } else if (k < bn) {
      const t = bt[k];
      T[n] = t;
      W[2 * n] = bw[2 * k];
      W[2 * n + 1] = bw[2 * k + 1];
      if (i < an) nextA = t + 1 + (n === out.n ? firstPenalty : 2 * (t - last));
      nextB = t + 1;
      last = t;
    } else {
      break;
    }
    n++;
  }
  out.n = n;
}
