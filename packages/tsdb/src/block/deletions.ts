import { TsanosError } from '@tsanos/bytes';
import { SampleColumns } from '@tsanos/model';
import { decodeChunk, Encoding, encodeXor } from '@tsanos/series';
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
 * Encodes the samples of a chunk that no interval covers, floats as XOR, histograms as float histograms: neither consumers of batches nor the
 * wire know of deletions. Start timestamps are lost where samples are rewritten.
 */
export function withoutDeleted(bytes: Uint8Array, offset: number, length: number, encoding: number, intervals: readonly Interval[]): RewrittenChunk[] {
  columns.clear();
  decodeChunk(bytes, offset, length, encoding, -Infinity, Infinity, columns);
  let n = 0;
  for (let i = 0; i < columns.n; i++) {
    const t = columns.t[i];
    if (intervals.some((interval) => interval.mint <= t && t <= interval.maxt)) continue;
    columns.t[n] = t;
    columns.w[2 * n] = columns.w[2 * i];
    columns.w[2 * n + 1] = columns.w[2 * i + 1];
    if (columns.h !== undefined) columns.h[n] = columns.h[i];
    n++;
  }
  if (n === 0) return [];
  columns.n = n;
  if (columns.h !== undefined) return rewriteHistograms(encoding);
  const body = encodeXor(columns.t, columns.w, 0, n);
  return [{ bytes: body, encoding: Encoding.XOR, mint: columns.t[0], maxt: columns.t[n - 1] }];
}

function rewriteHistograms(encoding: number): RewrittenChunk[] {
  throw new TsanosError('unsupported', 'deleted-histograms', `apply deletions: chunks of encoding ${encoding} cannot be rewritten`, { encoding });
}
