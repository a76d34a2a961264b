import type { SampleColumns } from '@tsanos/model';

/** Drops the samples from index `from` on that lie outside of [mint, maxt] (ms, inclusive). Bits are kept. */
export function keepRange(out: SampleColumns, from: number, mint: number, maxt: number): void {
  const n = out.n;
  if (from === n) return;
  const { t } = out;
  // Times ascend in all but handmade chunks, for which the ends say nothing.
  if (t[from] >= mint && t[n - 1] <= maxt && ascends(t, from, n)) return;
  const { v, st, h } = out;
  let keep = from;
  for (let i = from; i < n;) {
    if (t[i] < mint || t[i] > maxt) {
      i++;
      continue;
    }
    let end = i + 1;
    while (end < n && t[end] >= mint && t[end] <= maxt) end++;
    if (keep !== i) {
      t.copyWithin(keep, i, end);
      v.copyWithin(keep, i, end);
      st?.copyWithin(keep, i, end);
      if (h !== undefined) for (let k = i; k < end; k++) h[keep + k - i] = h[k];
    }
    keep += end - i;
    i = end;
  }
  if (h !== undefined && h.length > keep) h.length = keep;
  out.n = keep;
}

function ascends(t: Float64Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) if (t[i] < t[i - 1]) return false;
  return true;
}
