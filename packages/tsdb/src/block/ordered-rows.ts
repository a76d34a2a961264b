import { compareLabelBytes } from '@tsanos/model';
import type { ShardFilter } from '@tsanos/series';
import { SeriesRows } from '../index-file/series-rows.ts';

/** Whether the rows from `from` on come after those before them, by label bytes. Equal ones are in order. */
export function inOrderFrom(rows: SeriesRows, from: number): boolean {
  for (let i = Math.max(1, from); i < rows.count; i++) if (compareRows(rows, i - 1, i) > 0) return false;
  return true;
}

/**
 * Rows in the order of their labels, those of other shards left out. External labels that come in and replica labels that leave can change the order of an index;
 * it is put right before any chunk is read, so that chunks are read in the order in which series leave. Label bytes are shared.
 */
export function orderedRows(rows: SeriesRows, inOrder: boolean, shard?: ShardFilter): SeriesRows {
  if (inOrder && (shard === undefined || shard.keepsAll)) return rows;
  const order = new Uint32Array(rows.count);
  for (let i = 0; i < rows.count; i++) order[i] = i;
  if (!inOrder) order.sort((a, b) => compareRows(rows, a, b) || a - b);
  const result = new SeriesRows();
  result.labels.bytes = rows.labels.bytes;
  result.labels.length = rows.labels.length;
  for (const i of order) {
    const offset = rows.labelOffset.values[i];
    const length = rows.labelLength.values[i];
    if (shard === undefined || shard.keeps(rows.labels.bytes, offset, length)) result.copy(rows, i, offset, length);
  }
  return result;
}

function compareRows(rows: SeriesRows, a: number, b: number): number {
  const { values: offset } = rows.labelOffset;
  const { values: length } = rows.labelLength;
  const { bytes } = rows.labels;
  return compareLabelBytes(bytes, offset[a], length[a], bytes, offset[b], length[b]);
}
