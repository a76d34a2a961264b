export { Aggr, Encoding, type SeriesBatch } from './series-batch.ts';
export type { SampleReader } from './sample-reader.ts';
export type * from './series-source.ts';
