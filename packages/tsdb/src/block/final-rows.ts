import { ByteWriter } from '@tsanos/bytes';
import { compareLabelBytes } from '@tsanos/model';
import type { LabelRewriter, ShardFilter } from '@tsanos/series';
import { SeriesRows } from '../index-file/series-rows.ts';

/**
 * Rows with rewritten labels, in the order of these: external labels come in and replica labels leave before any chunk is read, so
 * that chunks are read in the order in which series leave. Series of other shards are left out.
 */
export function finalRows(rows: SeriesRows, rewriter: LabelRewriter, shard?: ShardFilter): SeriesRows {
  const labels = new ByteWriter(rows.labels.length + 64 * rows.count);
  const offset = new Uint32Array(rows.count);
  const length = new Uint32Array(rows.count);
  for (let i = 0; i < rows.count; i++) {
    offset[i] = labels.length;
    rewriter.rewrite(rows.labels.bytes, rows.labelOffset.values[i], rows.labelLength.values[i], labels);
    length[i] = labels.length - offset[i];
  }
  const bytes = labels.finish();
  const compare = (a: number, b: number): number =>
    compareLabelBytes(bytes, offset[a], length[a], bytes, offset[b], length[b]) || a - b;
  const order = new Uint32Array(rows.count);
  let sorted = true;
  for (let i = 0; i < rows.count; i++) {
    order[i] = i;
    if (i > 0 && sorted) sorted = compare(i - 1, i) < 0;
  }
  if (!sorted) order.sort(compare);
  const result = new SeriesRows();
  result.labels.bytes = bytes;
  result.labels.length = bytes.length;
  for (const i of order)
    if (shard === undefined || shard.keeps(bytes, offset[i], length[i])) result.copy(rows, i, offset[i], length[i]);
  return result;
}
