import { SeriesBatchBuilder } from '../series-batch-builder.ts';
import type { SeriesBatch } from '../series-batch.ts';
import type { CallContext } from '../series-source.ts';
import { batchBytes, compareSeries } from './batch-slice.ts';

/** Series in a batch that this module makes. */
const BATCH_SERIES = 1024;

/**
 * Reads all of `source`, sorts its series by labels (equal ones keep their order) and yields them. For streams whose
 * labels were rewritten and for peers that do not sort. What is held counts in the budget until the iteration ends.
 */
export async function* sortSeries(source: AsyncIterable<SeriesBatch>, ctx: CallContext): AsyncIterable<SeriesBatch> {
  let held = 0;
  try {
    const batches: SeriesBatch[] = [];
    for await (const batch of source) {
      ctx.cancel.throwIfCancelled();
      const bytes = batchBytes(batch);
      ctx.budget.takeBytes(bytes);
      held += bytes;
      batches.push(batch);
    }
    yield* sortBatches(batches, ctx);
  } finally {
    if (held > 0) ctx.budget.giveBytes(held);
  }
}

/** The series of `batches` in label order, in new batches that share the buffers. */
export function* sortBatches(batches: readonly SeriesBatch[], ctx: CallContext): Iterable<SeriesBatch> {
  let total = 0;
  for (const batch of batches) total += batch.count;
  const batchOf = new Uint32Array(total);
  const rowOf = new Uint32Array(total);
  let n = 0;
  batches.forEach((batch, b) => {
    for (let i = 0; i < batch.count; i++) {
      batchOf[n] = b;
      rowOf[n++] = i;
    }
  });
  const order = new Uint32Array(total);
  for (let i = 0; i < total; i++) order[i] = i;
  order.sort((x, y) => compareSeries(batches[batchOf[x]], rowOf[x], batches[batchOf[y]], rowOf[y]) || x - y);
  let builder = new SeriesBatchBuilder();
  for (const k of order) {
    const batch = batches[batchOf[k]];
    const i = rowOf[k];
    const rows = batch.chunkStart[i + 1] - batch.chunkStart[i];
    if (builder.count === BATCH_SERIES || !builder.hasRoomFor(rows)) {
      yield builder.finish();
      ctx.cancel.throwIfCancelled();
      builder = new SeriesBatchBuilder();
    }
    builder.rows(batch, i, i + 1);
  }
  if (builder.count > 0) yield builder.finish();
}
