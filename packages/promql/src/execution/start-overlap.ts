import type { SampleColumns } from '@tsanos/model';
import type { Grid } from '../kernels/grid.ts';

/** Whether some sample in the windows says that it began before the sample ahead of it. */
export function overlapsBefore({ t, st, n }: SampleColumns, { first, range, stride, steps }: Grid): boolean {
  if (st === undefined) return false;
  const from = first - range;
  const to = first + stride * Math.max(0, steps - 1);
  for (let i = 1; i < n; i++) {
    if (t[i - 1] <= from || t[i] > to) continue;
    if (st[i] !== 0 && st[i] < t[i - 1] && st[i] !== st[i - 1]) return true;
  }
  return false;
}
