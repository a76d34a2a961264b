export { IndexHeader, type SharedIndexHeader } from './index-header.ts';
export { LazyIndexHeader, type HeaderLease, type LazyIndexHeaderOptions } from './lazy-index-header.ts';
export { writeIndexHeader, type HeaderBucket } from './write-index-header.ts';
