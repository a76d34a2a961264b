import { SampleColumns } from '@tsanos/model';
import { decodeChunk, Encoding, encodeXor, encodeXor2, HistogramAppender } from '@tsanos/series';
import { covered, overlaps, type Interval } from '../tombstones/tombstones.ts';

/** A chunk that stands for what deletions left of another one. */
export interface RewrittenChunk {
  readonly bytes: Uint8Array;
  readonly encoding: number;
  readonly mint: number;
  readonly maxt: number;
}

const columns = new SampleColumns();

/** What deletions do to a chunk of the times `[mint, maxt]`. */
export function deletionEffect(intervals: readonly Interval[], mint: number, maxt: number): 'none' | 'all' | 'part' {
  if (!overlaps(intervals, mint, maxt)) return 'none';
  return covered(intervals, mint, maxt) ? 'all' : 'part';
}

/**
 * Encodes anew the samples of a chunk that no interval covers, integer histograms as float histograms: neither consumers of batches nor the wire
 * know of deletions.
 */
export function withoutDeleted(
  bytes: Uint8Array,
  offset: number,
  length: number,
  encoding: number,
  intervals: readonly Interval[],
): RewrittenChunk[] {
  columns.clear();
  decodeChunk(bytes, offset, length, encoding, -Infinity, Infinity, columns);
  keepVisible(intervals);
  if (columns.n === 0) return [];
  return columns.h === undefined ? [rewriteFloats()] : rewriteHistograms();
}

/** Moves the samples together that no interval covers. */
function keepVisible(intervals: readonly Interval[]): void {
  const { t, w, st, h } = columns;
  let n = 0;
  for (let i = 0; i < columns.n; i++) {
    if (covered(intervals, t[i], t[i])) continue;
    t[n] = t[i];
    w[2 * n] = w[2 * i];
    w[2 * n + 1] = w[2 * i + 1];
    if (st !== undefined) st[n] = st[i];
    if (h !== undefined) h[n] = h[i];
    n++;
  }
  columns.n = n;
}

function rewriteFloats(): RewrittenChunk {
  const { t, w, st, n } = columns;
  const bytes = st === undefined ? encodeXor(t, w, 0, n) : encodeXor2(t, w, st, 0, n);
  return { bytes, encoding: st === undefined ? Encoding.XOR : Encoding.XOR2, mint: t[0], maxt: t[n - 1] };
}

function rewriteHistograms(): RewrittenChunk[] {
  const { t, w, st, h, n } = columns;
  const appender = new HistogramAppender('float', { startTimes: st !== undefined });
  for (let i = 0; i < n; i++) {
    const histogram = h?.[i];
    if (histogram === undefined) continue;
    appender.append({
      t: t[i],
      ...(st === undefined ? {} : { st: st[i] }),
      sumLo: w[2 * i],
      sumHi: w[2 * i + 1],
      histogram,
    });
  }
  const encoding = st === undefined ? Encoding.FLOAT_HISTOGRAM : Encoding.FLOAT_HISTOGRAM_ST;
  return appender.finish().map(({ bytes, mint, maxt }) => ({ bytes, encoding, mint, maxt }));
}
