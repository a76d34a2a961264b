export { generateBucket } from './generate-bucket.ts';
export { benchBlock, type BenchBlockOptions } from './bench-block.ts';
export { generateBlocks, type GeneratedBlock, type GenerateOptions } from './generate-blocks.ts';
export { generateToBucket } from './upload-blocks.ts';
