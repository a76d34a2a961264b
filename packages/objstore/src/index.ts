export { createBucket, parseBucketConfig, type BucketConfig } from './bucket-config.ts';
export {
  BucketDecorator,
  DEFAULT_RETRY,
  MeteredBucket,
  PrefixedBucket,
  RetryingBucket,
  type RetryPolicy,
} from './decorators.ts';
export { FilesystemBucket, type BucketFs } from './filesystem.ts';
export { MemoryBucket } from './memory.ts';
export { isAccessDenied, isNotFound, isRetryable, ObjstoreError } from './objstore-error.ts';
export { S3Bucket } from './s3.ts';
export { DEFAULT_GAP_BYTES, planRanges, type PlannedRange } from './plan-ranges.ts';
export type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
