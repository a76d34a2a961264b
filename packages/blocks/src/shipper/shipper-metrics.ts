import type { CounterCell, GaugeCell, MetricsRegistry } from '@tsanos/bytes';

/** Thanos' metrics of a shipper. */
export class ShipperMetrics {
  readonly dirSyncs: CounterCell;
  readonly dirSyncFailures: CounterCell;
  readonly uploads: CounterCell;
  readonly uploadFailures: CounterCell;
  readonly corruptedBlocks: CounterCell;
  readonly compactedDone: GaugeCell;

  constructor(registry: MetricsRegistry) {
    const counter = (name: string, help: string): CounterCell =>
      registry.counter(`thanos_shipper_${name}`, help).labels();
    this.dirSyncs = counter('dir_syncs_total', 'Total number of dir syncs.');
    this.dirSyncFailures = counter('dir_sync_failures_total', 'Total number of failed dir syncs.');
    this.uploads = counter('uploads_total', 'Total number of uploaded blocks.');
    this.uploadFailures = counter('upload_failures_total', 'Total number of block upload failures.');
    this.corruptedBlocks = counter('corrupted_blocks_total', 'Total number of corrupted blocks.');
    this.compactedDone = registry
      .gauge(
        'thanos_shipper_upload_compacted_done',
        'If 1 it means shipper uploaded all compacted blocks from the filesystem.',
      )
      .labels();
  }
}
