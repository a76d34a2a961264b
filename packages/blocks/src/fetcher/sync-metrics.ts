import type { CounterCell, GaugeCell, HistogramCell, MetricsRegistry } from '@tsanos/bytes';

/** Where a block of the bucket ended up in a sync; Thanos' names. */
export type SyncState =
  | 'corrupted-meta-json'
  | 'no-meta-json'
  | 'loaded'
  | 'too-fresh'
  | 'failed'
  | 'label-excluded'
  | 'time-excluded'
  | 'duplicate'
  | 'marked-for-deletion'
  | 'marked-for-no-compact'
  | 'parquet-migrated';

const STATES: readonly SyncState[] = [
  'corrupted-meta-json',
  'no-meta-json',
  'loaded',
  'too-fresh',
  'failed',
  'label-excluded',
  'time-excluded',
  'duplicate',
  'marked-for-deletion',
  'marked-for-no-compact',
  'parquet-migrated',
];
const DURATION_BUCKETS = [0.01, 1, 10, 100, 300, 600, 1000];

/** Thanos' metrics of the view of the bucket's blocks. */
export class SyncMetrics {
  readonly syncs: CounterCell;
  readonly baseSyncs: CounterCell;
  readonly cacheBusts: CounterCell;
  readonly failures: CounterCell;
  readonly duration: HistogramCell;
  readonly #synced: ReadonlyMap<SyncState, GaugeCell>;
  readonly #modified: GaugeCell;

  /** `prefix` is `thanos` but for copies of the fetcher. */
  constructor(registry: MetricsRegistry, prefix = 'thanos_') {
    const name = `${prefix}blocks_meta_`;
    this.syncs = registry.counter(`${name}syncs_total`, 'Total blocks metadata synchronization attempts.').labels();
    this.baseSyncs = registry
      .counter(`${name}base_syncs_total`, 'Total blocks metadata synchronization attempts by base fetcher.')
      .labels();
    this.cacheBusts = registry
      .counter(`${name}base_cache_busts_total`, 'Total blocks metadata cache busts by base fetcher.')
      .labels();
    this.failures = registry
      .counter(`${name}sync_failures_total`, 'Total blocks metadata synchronization failures.')
      .labels();
    this.duration = registry
      .histogram(
        `${name}sync_duration_seconds`,
        'Duration of the blocks metadata synchronization in seconds.',
        DURATION_BUCKETS,
      )
      .labels();
    const synced = registry.gauge(`${name}synced`, 'Number of block metadata synced.', ['state']);
    this.#synced = new Map(STATES.map((state) => [state, synced.labels(state)]));
    this.#modified = registry
      .gauge(`${name}modified`, 'Number of blocks whose metadata changed.', ['modified'])
      .labels('replica-label-removed');
  }

  /** Shows the counts of one sync; states that are not in it are 0. */
  show(counts: ReadonlyMap<SyncState | 'replica-label-removed', number>): void {
    for (const [state, cell] of this.#synced) cell.set(counts.get(state) ?? 0);
    this.#modified.set(counts.get('replica-label-removed') ?? 0);
  }
}
