import type { BucketConfig } from '@tsanos/objstore';
import type { StoreLimits } from './request-counter.ts';

/** Names of the snapshots that main publishes to the store's engines. */
export const CONFIG_SNAPSHOT = 'store.config';
export const BLOCKS_SNAPSHOT = 'store.blocks';

/** What an engine needs to know once. Plain data: it crosses threads. */
export interface StoreEngineConfig {
  readonly bucket: BucketConfig;
  /** `<dataDir>/<ulid>/index-header`. */
  readonly dataDir: string;
  /** Of all engines together. */
  readonly indexCacheBytes: number;
  readonly chunkCacheBytes: number;
  /** An index-header that no call used for this long is let go; Infinity = never. */
  readonly headerIdleMs: number;
  readonly limits: StoreLimits;
  readonly mint: number;
  readonly maxt: number;
}

/** A served block as it crosses threads. */
export interface BlockSnapshot {
  readonly ulid: string;
  readonly mint: number;
  readonly maxt: number;
  readonly resolutionMs: number;
  /** External labels, sorted. */
  readonly labels: readonly (readonly [string, string])[];
  readonly seriesCount: number;
  readonly indexBytes: number;
  readonly segmentNames: readonly string[];
  readonly segmentBytes: readonly (number | undefined)[];
}

/** All blocks served at a moment. */
export interface BlocksSnapshot {
  readonly blocks: readonly BlockSnapshot[];
  /** What relative `--min-time` and `--max-time` mean now. */
  readonly mint: number;
  readonly maxt: number;
}
