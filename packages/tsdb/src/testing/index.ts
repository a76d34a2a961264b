export { chunksOfBatch, labelsOfBatch, type DumpChunk, type DumpSeries } from './dump.ts';
export { mutate, reseal, rolls, SEED, SOAK } from './fuzz.ts';
