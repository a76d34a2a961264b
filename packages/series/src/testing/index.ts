export { collectSeries, samplesOf, seriesBatchOf, seriesOf, seriesText, streamOf, toSeries, xorChunkOf, type TestChunk, type TestSeries } from './batches.ts';
export { testContext, type TestContext } from './contexts.ts';
