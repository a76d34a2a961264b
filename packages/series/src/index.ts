export { Aggr, Encoding, type SeriesBatch } from './series-batch.ts';
export { SeriesBatchBuilder } from './series-batch-builder.ts';
export type { SampleReader } from './sample-reader.ts';
export type * from './series-source.ts';
export { encodingName } from './chunkenc/chunk-error.ts';
export { chunkSampleCount, decodeChunk } from './chunkenc/decode.ts';
export {
  HistogramAppender,
  type HistogramSample,
  type HistogramStep,
  type WrittenChunk,
} from './chunkenc/histogram-appender.ts';
export { CHUNK_SAMPLES, headChunkLength } from './chunkenc/chunk-cut.ts';
export { MAX_CHUNK_SAMPLES, encodeXor } from './chunkenc/xor-encode.ts';
export { encodeXor2 } from './chunkenc/xor2-encode.ts';
export {
  AGGR_ENCODING,
  parseAggrChunk,
  writeAggrChunk,
  type AggrBodies,
  type AggrPart,
} from './downsample/aggr-chunk.ts';
export { batchBytes, compareSeries, sliceBatch } from './merge/batch-slice.ts';
export { innerMatchers } from './merge/inner-matchers.ts';
export { limitSeries, orderedStrings } from './merge/limit-series.ts';
export { mergeSeries } from './merge/merge-series.ts';
export { LabelRewriter } from './merge/rewrite-labels.ts';
export { ShardFilter } from './merge/shard.ts';
export { shardSeries } from './merge/shard-series.ts';
export { sortSeries } from './merge/sort-series.ts';
export { aggrsForFunc, isCounterFunc } from './readers/aggrs-for-func.ts';
export { overlapSplit } from './readers/overlap-split.ts';
export { AggregateReader, ChainDedupReader, PenaltyDedupReader, RawReader } from './readers/readers.ts';
export type { ReaderOptions } from './readers/series-reader.ts';
