export {
  consistencyFilter,
  DeletionMarkFilter,
  DuplicateFilter,
  labelFilter,
  MarkCollector,
  replicaLabelFilter,
  timeFilter,
  type FilterContext,
  type MarkerFilterOptions,
  type MetaFilter,
} from './fetcher/filters.ts';
export { listBlocks, type BlockListing, type DiscoveryStrategy } from './fetcher/list-blocks.ts';
export { MetaFetcher, type BlocksView, type MetaFetcherOptions } from './fetcher/meta-fetcher.ts';
export { findDuplicates, inTimeRange, isTooFresh, withoutReplicaLabels } from './fetcher/rules.ts';
export type { SyncState } from './fetcher/sync-metrics.ts';
export * from './index-header/index.ts';
export {
  encodeMarker,
  markBlock,
  markerName,
  parseMarker,
  readMarker,
  type Marker,
  type MarkerKind,
} from './markers.ts';
export { timeMs, timeText, ZERO_TIME, ZERO_ULID } from './meta/go-values.ts';
export {
  CHUNKS_DIR,
  emptyMeta,
  encodeMeta,
  groupKey,
  INDEX_FILE,
  META_FILE,
  metaLabels,
  parseMeta,
  sortedLabels,
  type BlockSource,
  type Meta,
  type MetaCompaction,
  type MetaFile,
  type MetaParent,
  type MetaRewrite,
  type MetaStats,
  type ThanosSection,
} from './meta/meta.ts';
export { describeOverlaps, overlappingBlocks, type BlockRange } from './shipper/overlaps.ts';
export { Shipper, type ShipperOptions } from './shipper/shipper.ts';
export { realFiles, type ShipperFiles } from './shipper/shipper-files.ts';
export { encodeShipperState, readShipperState, SHIPPER_STATE_FILE } from './shipper/shipper-state.ts';
export { uploadBlock, type HashFunc, type UploadBlockOptions } from './shipper/upload-block.ts';
export { deleteBlock, isDeadUpload, PARTIAL_UPLOAD_AGE_MS } from './delete-block.ts';
