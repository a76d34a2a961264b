import type { SampleColumns } from '@tsanos/model';

/** `penaltyMerge` of two columns of plain floats with counter handling: the same choices and lifts, without objects. */
export function penaltyPairCounter(a: SampleColumns, b: SampleColumns, out: SampleColumns, firstPenalty: number): void {
  out.reserve(a.n + b.n);
  const T = out.t;
  const V = out.v;
  const W = out.w;
  let n = out.n;
  const { t: at, v: av, w: aw, n: an } = a;
  const { t: bt, v: bv, w: bw, n: bn } = b;
  let i = 0;
  let k = 0;
  let nextA = Number.NEGATIVE_INFINITY;
  let nextB = Number.NEGATIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  // The last value of each side, by which resets are seen, what it is lifted by, and when it last fell.
  let valueA = an > 0 && av[0] === av[0] ? av[0] : Number.NEGATIVE_INFINITY;
  let valueB = bn > 0 && bv[0] === bv[0] ? bv[0] : Number.NEGATIVE_INFINITY;
  let liftA = 0;
  let liftB = 0;
  let fellA = Number.NEGATIVE_INFINITY;
  let fellB = Number.NEGATIVE_INFINITY;
  let emitted = Number.NaN;
  let before = 0;
  for (;;) {
    while (i < an && at[i] < nextA) {
      i++;
      if (i >= an) break;
      const value = av[i];
      if (value < valueA) {
        liftA = 0;
        fellA = at[i];
      }
      if (value === value) valueA = value;
    }
    while (k < bn && bt[k] < nextB) {
      k++;
      if (k >= bn) break;
      const value = bv[k];
      if (value < valueB) {
        liftB = 0;
        fellB = bt[k];
      }
      if (value === value) valueB = value;
    }
    if (i < an && (k >= bn || at[i] <= bt[k])) {
      const t = at[i];
      const value = av[i];
      T[n] = t;
      W[2 * n] = aw[2 * i];
      W[2 * n + 1] = aw[2 * i + 1];
      if (value === value) {
        if (before === 2 && value + liftA < emitted && fellA <= last) liftA = emitted - value;
        emitted = value + liftA;
        if (liftA !== 0) V[n] = emitted;
      }
      if (k < bn) nextB = t + 1 + (n === out.n ? firstPenalty : 2 * (t - last));
      nextA = t + 1;
      last = t;
      before = 1;
    } else if (k < bn) {
      const t = bt[k];
      const value = bv[k];
      T[n] = t;
      W[2 * n] = bw[2 * k];
      W[2 * n + 1] = bw[2 * k + 1];
      if (value === value) {
        if (before === 1 && value + liftB < emitted && fellB <= last) liftB = emitted - value;
        emitted = value + liftB;
        if (liftB !== 0) V[n] = emitted;
      }
      if (i < an) nextA = t + 1 + (n === out.n ? firstPenalty : 2 * (t - last));
      nextB = t + 1;
      last = t;
      before = 2;
    } else {
      break;
    }
    n++;
  }
  out.n = n;
}
