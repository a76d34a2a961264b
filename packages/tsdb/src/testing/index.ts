export { chunksOfBatch, labelsOfBatch, type DumpChunk, type DumpSeries } from './dump.ts';
