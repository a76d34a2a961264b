export {
  collectSeries,
  samplesOf,
  seriesBatchOf,
  seriesOf,
  seriesText,
  streamOf,
  toSeries,
  xorChunkOf,
  type TestChunk,
  type TestSeries,
} from './batches.ts';
export { testContext, type TestContext } from './contexts.ts';
export { MemorySource, type MemorySourceOptions } from './memory-source.ts';
export {
  fixtureSeries,
  seriesSourceSuite,
  type SourceFixture,
  type SourceSuiteOptions,
  type SourceUnderTest,
} from './series-source-suite.ts';
