import { LabelCursor } from '@tsanos/model';
import { xxhash64 } from '@tsanos/bytes';
import type { AggregationNode } from '../../plan/nodes.ts';
import { withoutMetadata } from '../label-edit.ts';
import type { Query } from '../query.ts';
import type { RowBatch, Rows } from '../row-batch.ts';
import { Grouper } from './grouper.ts';

/** `limitk`: the first `k` rows of every group at every step. */
export async function* limitRows(
  query: Query,
  node: AggregationNode,
  input: Rows,
  ks: Float64Array,
): AsyncGenerator<RowBatch> {
  const grouper = new Grouper(node.grouping, node.without);
  const counts: Float64Array[] = [];
  for await (const batch of input) {
    for (let row = 0; row < batch.count; row++) {
      const nameless = batch.dropName[row] === 1 && !query.delayed;
      const group = grouper.groupOf(batch.labelBuffer[row], batch.labelOffset[row], batch.labelLength[row], nameless);
      const seen = (counts[group] ??= new Float64Array(batch.steps));
      const base = row * batch.steps;
      for (let i = 0; i < batch.steps; i++) {
        if (batch.present[base + i] === 0) continue;
        if (seen[i] < Math.trunc(ks[i])) seen[i]++;
        else batch.present[base + i] = 0;
      }
    }
    yield batch;
  }
}

/** `limit_ratio`: rows whose labels' hash falls into the share asked for; ratios lie between -1 and 1. */
export async function* ratioRows(query: Query, input: Rows, ratios: Float64Array): AsyncGenerator<RowBatch> {
  for await (const batch of input) {
    for (let row = 0; row < batch.count; row++) {
      const place = hashPlace(query, batch, row);
      const base = row * batch.steps;
      for (let i = 0; i < batch.steps; i++) {
        const ratio = ratios[i];
        if (!(ratio >= 0 ? place < ratio : place >= 1 + ratio)) batch.present[base + i] = 0;
      }
    }
    yield batch;
  }
}

const hash = new Uint32Array(2);
let scratch = new Uint8Array(1024);

/** Where a row's labels fall in [0, 1): Prometheus' hash of its in-memory form of labels by 2^64. */
function hashPlace(query: Query, batch: RowBatch, row: number): number {
  const offset = batch.labelOffset[row];
  let labels = batch.labelBuffer[row].subarray(offset, offset + batch.labelLength[row]);
  if (batch.dropName[row] === 1 && !query.delayed) labels = withoutMetadata(labels);
  if (scratch.length < labels.length * 2 + 16) scratch = new Uint8Array(labels.length * 4);
  const cursor = new LabelCursor(labels, 0, labels.length);
  let used = 0;
  while (cursor.next()) {
    used = putSized(labels, cursor.nameStart, cursor.nameEnd, used);
    used = putSized(labels, cursor.valueStart, cursor.valueEnd, used);
  }
  xxhash64(scratch, 0, used, hash);
  return (hash[0] * 4294967296 + hash[1]) / 2 ** 64;
}

/** A length (one byte, or 0xff and three, low first) and the bytes; where the next one goes. */
function putSized(from: Uint8Array, start: number, end: number, at: number): number {
  const length = end - start;
  let next = at;
  if (length < 255) scratch[next++] = length;
  else {
    scratch[next++] = 255;
    scratch[next++] = length & 255;
    scratch[next++] = (length >> 8) & 255;
    scratch[next++] = (length >> 16) & 255;
  }
  scratch.set(from.subarray(start, end), next);
  return next + length;
}
