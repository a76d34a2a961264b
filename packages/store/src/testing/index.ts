export { blockInBucket, type TestBlockOptions } from './block-in-bucket.ts';
export { testStore, type TestStore } from './test-store.ts';
