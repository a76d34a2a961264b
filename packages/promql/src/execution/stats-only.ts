import { isStaleAt, type SampleColumns } from '@tsanos/model';
import * as H from './histogram-ops.ts';

/**
 * Does to histogram samples what Prometheus' stats-only reading does: buckets are gone, and an unknown reset hint tells
 * how the sample relates to the one read before.
 */
export function statsOnlyHints(samples: SampleColumns): void {
  const { h, w, n } = samples;
  if (h === undefined) return;
  let before: (typeof h)[number];
  for (let i = 0; i < n; i++) {
    const now = h[i];
    if (now === undefined || isStaleAt(w, i)) {
      before = undefined;
      continue;
    }
    let hint = now.counterResetHint;
    if (hint === 'unknown' && before !== undefined) hint = H.detectReset(now, before) ? 'reset' : 'not_reset';
    h[i] = H.statsOf(now, hint);
    before = now;
  }
}
