export type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
