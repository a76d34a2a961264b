export { batchOfRows, type BatchOptions } from './block/batch-of-rows.ts';
export { batchEnd, Block, openBlock, type SelectOptions } from './block/block.ts';
export { BlockSource, type SourceBlock } from './block/block-source.ts';
export { inOrderFrom, orderedRows } from './block/ordered-rows.ts';
export { blockQueryable, type BlockQueryable, type BlockSelectRequest } from './block/queryable.ts';
export {
  BlockWriter,
  TMP_SUFFIX,
  type BlockChunk,
  type BlockFiles,
  type BlockFinish,
  type BlockWriterOptions,
} from './block/block-writer.ts';
export {
  encodeBlockMeta,
  parseBlockMeta,
  type BlockCompaction,
  type BlockMeta,
  type BlockParent,
  type BlockStats,
} from './block/meta.ts';
export { IndexReader, decodePostings } from './index-file/index-reader.ts';
export { IndexWriter, type ChunkEntry } from './index-file/index-writer.ts';
export { LabelAppender, type FinalLabels } from './index-file/label-appender.ts';
export {
  combinePostings,
  planPostings,
  type PostingsGroup,
  type PostingsPlan,
  type ValueIndex,
} from './index-file/plan-postings.ts';
export { postingsForMatchers, type PostingsSource } from './index-file/postings-for-matchers.ts';
export { intersectPostings, subtractPostings, unionPostings } from './index-file/postings-sets.ts';
export { MapPostingsTable } from './index-file/map-postings-table.ts';
export type { PostingsRange, PostingsTable, SharedPostingsTable } from './index-file/postings-table.ts';
export { SampledPostingsTable } from './index-file/sampled-postings-table.ts';
export { SeriesEntries, seriesEntryBytes } from './index-file/series-entries.ts';
export { SeriesRows } from './index-file/series-rows.ts';
export { SymbolTable, type SharedSymbols } from './index-file/symbol-table.ts';
export { INDEX_HEADER_BYTES, TOC_BYTES, encodeToc, readIndexHeader, readToc, type Toc } from './index-file/toc.ts';
export { FileReader, MemoryReader, type RangeReader, type SyncRangeReader } from './range-reader.ts';
export { ChunkBodies, damagedChunk, type ChunkPlaces, type ChunkSource } from './segments/chunk-bodies.ts';
export { ChunkSegments, openSegmentFiles } from './segments/segment-reader.ts';
export { SegmentWriter, type ChunkBody } from './segments/segment-writer.ts';
export { Tombstones, covered, overlaps, type Interval } from './tombstones/tombstones.ts';
