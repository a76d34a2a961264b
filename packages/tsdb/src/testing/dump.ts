import { decodeLabels, type Label } from '@tsanos/model';
import type { SeriesBatch } from '@tsanos/series';

/** A chunk as the golden dumps of blocks write it. */
export interface DumpChunk {
  ref: string;
  mint: number;
  maxt: number;
  encoding: number;
  /** base64 */
  bytes: string;
}

/** A line of a golden dump. */
export interface DumpSeries {
  ref: number;
  labels: Label[];
  chunks: DumpChunk[];
  floats: [number, string][];
  histograms: [number, unknown][];
  tombstones?: [number, number][];
  visible?: { floats: [number, string][]; histograms: [number, unknown][] };
}

/** Labels of series `i` as pairs. */
export function labelsOfBatch(batch: SeriesBatch, i: number): Label[] {
  return [...decodeLabels(batch.labelBuffers[batch.labelBuffer[i]], batch.labelOffset[i], batch.labelLength[i])];
}

/** Chunk rows of series `i` in the form of the dumps, without references. */
export function chunksOfBatch(batch: SeriesBatch, i: number): Omit<DumpChunk, 'ref'>[] {
  const chunks: Omit<DumpChunk, 'ref'>[] = [];
  for (let k = batch.chunkStart[i]; k < batch.chunkStart[i + 1]; k++) {
    const from = batch.chunkOffset[k];
    const bytes = batch.chunkBuffers[batch.chunkBuffer[k]].subarray(from, from + batch.chunkLength[k]);
    chunks.push({
      mint: batch.chunkMint[k],
      maxt: batch.chunkMaxt[k],
      encoding: batch.chunkEncoding[k],
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    });
  }
  return chunks;
}
