import type { CounterCell, HistogramCell, Metric, MetricsRegistry } from '@tsanos/bytes';

/** Metrics of Series calls, under Thanos' names. */
export interface StoreMetrics {
  readonly touched: Metric<HistogramCell>;
  readonly fetched: Metric<HistogramCell>;
  readonly touchedBytes: Metric<HistogramCell>;
  readonly fetchedBytes: Metric<HistogramCell>;
  readonly blocksQueried: Metric<HistogramCell>;
  readonly getAllSeconds: Metric<HistogramCell>;
  readonly mergeSeconds: Metric<HistogramCell>;
  readonly resultSeries: Metric<HistogramCell>;
  readonly fetchSeconds: Metric<HistogramCell>;
  readonly sentChunkBytes: Metric<HistogramCell>;
  readonly dropped: Metric<CounterCell>;
}

const COUNTS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
const SECONDS = [0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120];
const BYTES = [1024, 16_384, 262_144, 1_048_576, 16_777_216, 268_435_456, 1_073_741_824];

/** From 32 bytes to 512 MiB, as Thanos cuts them. */
const CHUNK_BYTES = [32, 256, 512, 1024, 32_768, 262_144, 524_288, 1_048_576, 33_554_432, 268_435_456, 536_870_912];

export function storeMetrics(registry: MetricsRegistry): StoreMetrics {
  const histogram = (
    name: string,
    help: string,
    buckets: readonly number[],
    labels: readonly string[] = ['tenant'],
  ): Metric<HistogramCell> => registry.histogram(`thanos_bucket_store_${name}`, help, buckets, labels);
  return {
    touched: histogram('series_data_touched', 'Items of a type of data that a Series call touched.', COUNTS, [
      'data_type',
      'tenant',
    ]),
    fetched: histogram('series_data_fetched', 'GETs that a Series call made.', COUNTS, ['data_type', 'tenant']),
    touchedBytes: histogram(
      'series_data_size_touched_bytes',
      'Bytes of a type of data that a Series call touched.',
      BYTES,
      ['data_type', 'tenant'],
    ),
    fetchedBytes: histogram('series_data_size_fetched_bytes', 'Bytes that a Series call fetched.', BYTES, [
      'data_type',
      'tenant',
    ]),
    blocksQueried: histogram(
      'series_blocks_queried',
      'Blocks that a Series call read.',
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    ),
    getAllSeconds: histogram(
      'series_get_all_duration_seconds',
      'Time until all blocks of a Series call were opened.',
      SECONDS,
    ),
    mergeSeconds: histogram(
      'series_merge_duration_seconds',
      'Time of a Series call until its last series left.',
      SECONDS,
    ),
    resultSeries: histogram('series_result_series', 'Series that a Series call answered.', COUNTS),
    fetchSeconds: histogram('series_fetch_duration_seconds', 'Mean time of a GET of a Series call.', SECONDS),
    sentChunkBytes: histogram('sent_chunk_size_bytes', 'Sizes of the chunks that were sent.', CHUNK_BYTES),
    dropped: registry.counter('thanos_bucket_store_queries_dropped_total', 'Calls ended by a limit.', [
      'reason',
      'tenant',
    ]),
  };
}
