import { AGGR_ENCODING, Aggr, Encoding, parseAggrChunk, SeriesBatchBuilder, type SeriesBatch } from '@tsanos/series';
import { corrupt } from '../cursor.ts';
import type { SeriesRows } from '../index-file/series-rows.ts';
import type { ChunkBodies, ChunkSource } from '../segments/chunk-bodies.ts';
import type { Interval, Tombstones } from '../tombstones/tombstones.ts';
import { deletionEffect, withoutDeleted } from './deletions.ts';

export interface BatchOptions {
  /** Labels only. */
  skipChunks?: boolean;
  /** Aggregates wanted of downsampled chunks; all by default. */
  aggregates?: readonly Aggr[];
  /** A wanted aggregate that a downsampled chunk lacks is an error of kind corrupt; except min and max of histograms, which never have any. */
  strictAggregates?: boolean;
}

/** Reads the chunks of series `[first, last)` and makes a batch of them; series all of whose samples are deleted are left out. */
export async function batchOfRows(
  rows: SeriesRows,
  first: number,
  last: number,
  segments: ChunkSource,
  tombstones: Tombstones,
  options: BatchOptions,
): Promise<SeriesBatch> {
  const start = rows.chunkStart.values;
  const from = start[first];
  const places = {
    segment: rows.chunkSegment.values,
    offset: rows.chunkOffset.values,
    end: rows.chunkEnd.values,
  };
  const bodies = options.skipChunks === true ? undefined : await segments.read(places, from, start[last]);
  const builder = new SeriesBatchBuilder();
  const labels = rows.labels.view();
  for (let i = first; i < last; i++) {
    const intervals = tombstones.of(rows.ref.values[i]);
    if (intervals !== undefined && allDeleted(rows, i, intervals)) continue;
    builder.series(labels, rows.labelOffset.values[i], rows.labelLength.values[i]);
    if (bodies === undefined) continue;
    for (let k = start[i]; k < start[i + 1]; k++) addChunk(builder, rows, k, bodies, k - from, intervals, options);
  }
  return builder.finish();
}

function allDeleted(rows: SeriesRows, i: number, intervals: readonly Interval[]): boolean {
  for (let k = rows.chunkStart.values[i]; k < rows.chunkStart.values[i + 1]; k++) {
    if (deletionEffect(intervals, rows.chunkMint.values[k], rows.chunkMaxt.values[k]) !== 'all') return false;
  }
  return true;
}

function addChunk(
  builder: SeriesBatchBuilder,
  rows: SeriesRows,
  k: number,
  bodies: ChunkBodies,
  row: number,
  intervals: readonly Interval[] | undefined,
  { aggregates, strictAggregates = false }: BatchOptions,
): void {
  const bytes = bodies.buffers[bodies.buffer[row]];
  const offset = bodies.offset[row];
  const length = bodies.length[row];
  const encoding = bodies.encoding[row];
  const mint = rows.chunkMint.values[k];
  const maxt = rows.chunkMaxt.values[k];
  const effect = intervals === undefined ? 'none' : deletionEffect(intervals, mint, maxt);
  if (effect === 'all') return;
  if (encoding === AGGR_ENCODING) {
    const parts = parseAggrChunk(bytes, offset, length);
    if (strictAggregates && aggregates !== undefined) requireAggregates(parts, aggregates, row);
    for (const part of parts) {
      if (aggregates === undefined || aggregates.includes(part.aggr)) {
        builder.chunk(bytes, part.offset, part.length, mint, maxt, part.encoding, part.aggr);
      }
    }
  } else if (effect === 'none' || intervals === undefined)
    builder.chunk(bytes, offset, length, mint, maxt, encoding, Aggr.RAW);
  else {
    for (const chunk of withoutDeleted(bytes, offset, length, encoding, intervals)) {
      builder.chunk(chunk.bytes, 0, chunk.bytes.length, chunk.mint, chunk.maxt, chunk.encoding, Aggr.RAW);
    }
  }
}

function requireAggregates(
  parts: readonly { readonly aggr: Aggr; readonly encoding: number }[],
  aggregates: readonly Aggr[],
  row: number,
): void {
  const histograms = parts.some((part) => part.encoding !== Encoding.XOR);
  for (const wanted of aggregates) {
    if (wanted === Aggr.RAW || parts.some((part) => part.aggr === wanted)) continue;
    if (histograms && (wanted === Aggr.MIN || wanted === Aggr.MAX)) continue;
    throw corrupt('chunk', `the downsampled chunk lacks aggregate ${wanted}`, { row });
  }
}
