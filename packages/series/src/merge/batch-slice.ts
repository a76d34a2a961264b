import { compareLabelBytes } from '@tsanos/model';
import type { SeriesBatch } from '../series-batch.ts';

/** Series `from` to `to` (exclusive) of a batch, sharing all of its tables; its `chunkStart` need not begin with 0. */
export function sliceBatch(batch: SeriesBatch, from: number, to: number): SeriesBatch {
  if (from === 0 && to === batch.count) return batch;
  return {
    ...batch,
    count: to - from,
    labelBuffer: batch.labelBuffer.subarray(from, to),
    labelOffset: batch.labelOffset.subarray(from, to),
    labelLength: batch.labelLength.subarray(from, to),
    chunkStart: batch.chunkStart.subarray(from, to + 1),
  };
}

/** Orders series `i` of `a` and series `k` of `b` by their labels. */
export function compareSeries(a: SeriesBatch, i: number, b: SeriesBatch, k: number): number {
  return compareLabelBytes(
    a.labelBuffers[a.labelBuffer[i]],
    a.labelOffset[i],
    a.labelLength[i],
    b.labelBuffers[b.labelBuffer[k]],
    b.labelOffset[k],
    b.labelLength[k],
  );
}

/** Bytes that a batch keeps alive: its buffers, each once, and its tables, roughly. */
export function batchBytes(batch: SeriesBatch): number {
  let bytes = batch.count * 16 + (batch.chunkStart[batch.count] - batch.chunkStart[0]) * 32;
  const seen = new Set<ArrayBufferLike>();
  for (const list of [batch.labelBuffers, batch.chunkBuffers]) {
    for (const buffer of list) {
      if (seen.has(buffer.buffer)) continue;
      seen.add(buffer.buffer);
      bytes += buffer.byteLength;
    }
  }
  return bytes;
}
