import type { SampleColumns } from '@tsanos/model';

/** Gives sample `i`, the last one so far, a start timestamp; nothing is stored while all are 0. */
export function setStartTime(out: SampleColumns, i: number, st: number): void {
  if (out.st === undefined) {
    if (st === 0) return;
    out.st = new Float64Array(out.t.length);
  }
  out.st[i] = st;
}
