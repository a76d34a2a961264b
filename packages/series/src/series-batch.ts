/** Which aggregate of a downsampled chunk a row holds; RAW for chunks of raw samples. Numbers as in Thanos' `Aggr`. */
export const Aggr = { RAW: 0, COUNT: 1, SUM: 2, MIN: 3, MAX: 4, COUNTER: 5 } as const;
export type Aggr = (typeof Aggr)[keyof typeof Aggr];

/** Chunk encodings as Prometheus numbers them on disk. */
export const Encoding = {
  NONE: 0,
  XOR: 1,
  HISTOGRAM: 2,
  FLOAT_HISTOGRAM: 3,
  XOR2: 4,
  HISTOGRAM_ST: 5,
  FLOAT_HISTOGRAM_ST: 6,
} as const;
export type Encoding = (typeof Encoding)[keyof typeof Encoding];

/**
 * Many series as bytes and tables: the one seam between producers (gRPC decoder, block reader, head, remote read) and
 * consumers (merge and dedup, PromQL, the Series writer).
 *
 * Series `i` has its labels at `labelBuffers[labelBuffer[i]]`, `labelOffset[i]`, `labelLength[i]`: the concatenated
 * protobuf fields `labels=1` of a `thanos.Series` message (each `0x0a len {0x0a n name 0x12 n value}`), sorted by
 * name in UTF-8 byte order. Its chunks are the rows `chunkStart[i]` to `chunkStart[i+1]` of the chunk tables, in order
 * of (mint, maxt). A chunk row is the bare chunk body (no length, encoding byte or CRC) of one aggregate: raw data has one
 * row a chunk with `aggr` RAW; a downsampled chunk has one row an aggregate present, adjacent, equal mint and maxt,
 * ascending `aggr`.
 *
 * Series are ordered by labels within a batch and across the batches of a stream. Adjacent series with equal labels are
 * replicas or parts of the same series, for the consumer to merge.
 *
 * Buffers and tables are read-only for consumers and live as long as the batch is referenced; a producer never reuses
 * them. After a chunk's end there may be fewer than 8 readable bytes in its buffer: decoders handle that.
 */
export interface SeriesBatch {
  /** Number of series. */
  readonly count: number;
  readonly labelBuffers: readonly Uint8Array[];
  readonly labelBuffer: Uint16Array;
  readonly labelOffset: Uint32Array;
  readonly labelLength: Uint32Array;
  /** `count + 1` entries; the first is not 0 in a slice of a batch, which shares the whole chunk tables. */
  readonly chunkStart: Uint32Array;
  readonly chunkBuffers: readonly Uint8Array[];
  /** Index into `chunkBuffers`, by chunk row, as all that follow. */
  readonly chunkBuffer: Uint16Array;
  readonly chunkOffset: Uint32Array;
  readonly chunkLength: Uint32Array;
  /** First and last sample time in ms, inclusive. */
  readonly chunkMint: Float64Array;
  readonly chunkMaxt: Float64Array;
  readonly chunkEncoding: Uint8Array;
  readonly chunkAggr: Uint8Array;
}
