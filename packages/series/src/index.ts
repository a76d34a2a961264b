export { Aggr, Encoding, type SeriesBatch } from './series-batch.ts';
export { SeriesBatchBuilder } from './series-batch-builder.ts';
export type { SampleReader } from './sample-reader.ts';
export type * from './series-source.ts';
export { encodingName } from './chunkenc/chunk-error.ts';
export { chunkSampleCount, decodeChunk } from './chunkenc/decode.ts';
export { MAX_CHUNK_SAMPLES, encodeXor } from './chunkenc/xor-encode.ts';
export { AGGR_ENCODING, parseAggrChunk, writeAggrChunk, type AggrBodies, type AggrPart } from './downsample/aggr-chunk.ts';
