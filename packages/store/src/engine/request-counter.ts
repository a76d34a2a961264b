import { TsanosError } from '@tsanos/bytes';
import type { RequestAccount } from './block-reader.ts';
import type { StoreMetrics } from './metrics.ts';

/** Limits of one request; 0 = none. */
export interface StoreLimits {
  readonly series: number;
  /** Counted as chunks × 120, as Thanos does. */
  readonly samples: number;
  readonly downloadedBytes: number;
}

/** Samples a chunk counts for. */
const CHUNK_SAMPLES = 120;

/** Counts what one request touches and fetches over all its blocks, and ends it at a limit with an error that names the flag. */
export class RequestCounter implements RequestAccount {
  readonly #limits: StoreLimits;
  #series = 0;
  #chunks = 0;
  #fetchedBytes = 0;
  #fetches = 0;
  #fetchSeconds = 0;
  #postings = 0;
  #postingsBytes = 0;
  #seriesTouched = 0;
  #seriesBytes = 0;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  beforeFetch(bytes: number): void {
    this.#fetchedBytes += bytes;
    exceeded(
      this.#fetchedBytes,
      this.#limits.downloadedBytes,
      'bytes-limit',
      'bytes fetched',
      'store.grpc.downloaded-bytes-limit',
    );
  }

  fetched(_bytes: number, seconds: number): void {
    this.#fetches++;
    this.#fetchSeconds += seconds;
  }

  touched(series: number, chunks: number): void {
    this.#series += series;
    this.#chunks += chunks;
    exceeded(this.#series, this.#limits.series, 'series-limit', 'series', 'store.limits.request-series');
    exceeded(
      this.#chunks * CHUNK_SAMPLES,
      this.#limits.samples,
      'samples-limit',
      'samples',
      'store.limits.request-samples',
    );
  }

  postings(touched: number, bytes: number): void {
    this.#postings += touched;
    this.#postingsBytes += bytes;
  }

  series(touched: number, bytes: number): void {
    this.#seriesTouched += touched;
    this.#seriesBytes += bytes;
  }

  /** Adds what was counted to the metrics. */
  report(metrics: StoreMetrics, tenant: string): void {
    metrics.touched.labels('postings', tenant).observe(this.#postings);
    metrics.touched.labels('series', tenant).observe(this.#seriesTouched);
    metrics.touched.labels('chunks', tenant).observe(this.#chunks);
    metrics.touchedBytes.labels('postings', tenant).observe(this.#postingsBytes);
    metrics.touchedBytes.labels('series', tenant).observe(this.#seriesBytes);
    metrics.fetched.labels('all', tenant).observe(this.#fetches);
    metrics.fetchedBytes.labels('all', tenant).observe(this.#fetchedBytes);
    if (this.#fetches > 0) metrics.fetchSeconds.labels(tenant).observe(this.#fetchSeconds / this.#fetches);
  }
}

function exceeded(value: number, limit: number, code: string, what: string, flag: string): void {
  if (limit === 0 || value <= limit) return;
  throw new TsanosError(
    'limit',
    code,
    `exceeded ${what} limit: the request touches more than ${limit} ${what}: narrow its matchers or time range, or raise --${flag}`,
    {
      limit,
      flag,
    },
  );
}
