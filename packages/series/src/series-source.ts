import type { Labels, Matcher } from '@tsanos/model';
import type { Aggr, SeriesBatch } from './series-batch.ts';

/** Tells running work that its caller has gone, its deadline passed or a limit was hit. */
export interface Cancellation {
  /** For I/O. Fires when the thread gets to its event loop. */
  readonly signal: AbortSignal;
  /** Cheap; true as soon as the request was cancelled, also while this thread is busy (one int32 in shared memory). */
  readonly cancelled: boolean;
  /** Throws the reason when cancelled. */
  throwIfCancelled(): void;
}

/** Bytes, series and samples a request may hold or touch; one implementation a process shares a counter between threads. */
export interface Budget {
  /** Takes `bytes` of memory in flight; throws a limit error that names the limit and its flag when there are none left. */
  takeBytes(bytes: number): void;
  /** Gives back what was taken. */
  giveBytes(bytes: number): void;
}

/** What travels with one call through every layer. */
export interface CallContext {
  readonly cancel: Cancellation;
  readonly budget: Budget;
  /** The tenant the call was made for, `default-tenant` when none was named. */
  readonly tenant: string;
  /** Adds a warning to the answer: a partial result as a value. Duplicates are dropped. */
  warn(text: string): void;
}

/** Hints of the PromQL engine, as in Thanos' `QueryHints` and Prometheus' `SelectHints`. */
export interface SelectHints {
  stepMs: number;
  /** Function directly above the selector, '' when none: `rate`, `max_over_time`, `sum`, … */
  func: string;
  /** Range of a matrix selector, 0 when none. */
  rangeMs: number;
  grouping: readonly string[];
  by: boolean;
}

export type PartialResponseStrategy = 'warn' | 'abort';

/** One Series call; mirrors `thanos.SeriesRequest`. */
export interface SeriesRequest {
  /** Inclusive, ms. Chunks that overlap the range are returned whole. */
  mint: number;
  maxt: number;
  matchers: readonly Matcher[];
  /** Largest downsampling resolution acceptable in ms; 0 = raw only. */
  maxResolutionMs: number;
  aggregates: readonly Aggr[];
  partialResponse: PartialResponseStrategy;
  /** Labels only: chunk rows are absent. */
  skipChunks: boolean;
  /** Labels dropped from every result; the stream is sorted without them. */
  withoutReplicaLabels: readonly string[];
  /** Max series, 0 = all. */
  limit: number;
  hints?: SelectHints | undefined;
  shard?: { index: number; total: number; by: boolean; labels: readonly string[] } | undefined;
}

export interface LabelsRequest {
  mint: number;
  maxt: number;
  matchers: readonly Matcher[];
  partialResponse: PartialResponseStrategy;
  withoutReplicaLabels: readonly string[];
  limit: number;
}

/** One external label set of a source and the times it covers (ms, inclusive). */
export interface SourceInfo {
  labelSets: readonly Labels[];
  mint: number;
  maxt: number;
  /** Per label set where the source knows: `tsdb_infos`. */
  tsdbInfos: readonly { labels: Labels; mint: number; maxt: number }[];
}

/**
 * Where series come from: a store's blocks, a Prometheus behind a sidecar, a remote StoreAPI, the fan-out over many.
 * Every implementation passes `seriesSourceSuite` of `@tsanos/series/testing`.
 */
export interface SeriesSource {
  /**
   * Series that match, external labels included and replica labels dropped, in ascending label order, lazily: nothing is
   * read before the first `next()`, and a consumer that stops reading stops the producer. Iteration throws a
   * TsanosError on failure; partial failures under `warn` become `ctx.warn`.
   */
  series(request: SeriesRequest, ctx: CallContext): AsyncIterable<SeriesBatch>;
  /** Sorted, unique. */
  labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]>;
  /** Sorted, unique. */
  labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]>;
}
