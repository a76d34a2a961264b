import type { SampleColumns } from '@tsanos/model';
import type { Grid } from '../kernels/grid.ts';

/**
 * Whether two neighbouring samples of some window overlap: the later one says that it began before the earlier one's time.
 */
export function overlapsBefore({ t, st, n }: SampleColumns, { first, range, stride, steps }: Grid): boolean {
  if (st === undefined) return false;
  for (let i = 1; i < n; i++) {
    if (st[i] === 0 || st[i] >= t[i - 1] || st[i] === st[i - 1]) continue;
    // The first window that ends at or behind the later sample: if that one does not hold both, none does.
    const step = t[i] <= first ? 0 : stride === 0 ? steps : Math.ceil((t[i] - first) / stride);
    if (step >= steps) continue;
    const end = first + step * stride;
    if (t[i - 1] > end - range) return true;
  }
  return false;
}
