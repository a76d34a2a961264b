import { silentMetrics, type Logger, type MetricsRegistry } from '@tsanos/bytes';
import { Labels, relabel, type RelabelConfig } from '@tsanos/model';
import type { Bucket } from '@tsanos/objstore';
import { forEachLimit } from '../map-limit.ts';
import { readMarker, type Marker, type MarkerKind } from '../markers.ts';
import type { Meta } from '../meta/meta.ts';
import { findDuplicates, inTimeRange, isTooFresh, withoutReplicaLabels } from './rules.ts';
import type { SyncState } from './sync-metrics.ts';

/** What a filter sees of a sync beside the blocks. */
export interface FilterContext {
  readonly nowMs: number;
  readonly signal: AbortSignal | undefined;
  /** Objects of each block, where the listing told them: saves asking for markers that are not there. */
  readonly objects: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** Counts blocks that were taken out, or in which something was changed. */
  count(state: SyncState | 'replica-label-removed', blocks: number): void;
}

/** Takes blocks out of a view, or changes what is known of them. */
export interface MetaFilter {
  apply(metas: Map<string, Meta>, context: FilterContext): void | Promise<void>;
}

function drop(
  metas: Map<string, Meta>,
  context: FilterContext,
  state: SyncState,
  unwanted: (meta: Meta) => boolean,
): void {
  let dropped = 0;
  for (const [ulid, meta] of metas) if (unwanted(meta) && metas.delete(ulid)) dropped++;
  context.count(state, dropped);
}

/** Keeps blocks that touch [min, max]; the bounds are asked for at each sync, since they may move with the present. */
export function timeFilter(minMs: (nowMs: number) => number, maxMs: (nowMs: number) => number): MetaFilter {
  return {
    apply: (metas, context) => {
      const min = minMs(context.nowMs);
      const max = maxMs(context.nowMs);
      drop(metas, context, 'time-excluded', (meta) => !inTimeRange(meta, min, max));
    },
  };
}

/** Keeps blocks whose external labels, with the ULID as `__block_id`, survive the rules (`--selector.relabel-config`). */
export function labelFilter(rules: readonly RelabelConfig[]): MetaFilter {
  return {
    apply: (metas, context) => {
      if (rules.length === 0) return;
      drop(
        metas,
        context,
        'label-excluded',
        (meta) => relabel(rules, Labels.from([...meta.thanos.labels, ['__block_id', meta.ulid]])) === undefined,
      );
    },
  };
}

/** Holds back blocks younger than the delay: their upload may not be visible everywhere yet. */
export function consistencyFilter(delayMs: number, metrics: MetricsRegistry = silentMetrics): MetaFilter {
  metrics
    .gauge('thanos_consistency_delay_seconds', 'Configured consistency delay in seconds.')
    .labels()
    .set(delayMs / 1000);
  return {
    apply: (metas, context) => drop(metas, context, 'too-fresh', (meta) => isTooFresh(meta, context.nowMs, delayMs)),
  };
}

/** Drops blocks that another block holds whole; their ULIDs stay in `duplicates` until the next sync. */
export class DuplicateFilter implements MetaFilter {
  duplicates: readonly string[] = [];

  apply(metas: Map<string, Meta>, context: FilterContext): void {
    this.duplicates = findDuplicates(metas.values());
    for (const ulid of this.duplicates) metas.delete(ulid);
    context.count('duplicate', this.duplicates.length);
  }
}

/** Takes replica labels out of what is known of the blocks, so that replicas form one group. */
export function replicaLabelFilter(replicaLabels: readonly string[]): MetaFilter {
  return {
    apply: (metas, context) => {
      if (replicaLabels.length === 0) return;
      let changed = 0;
      for (const [ulid, meta] of metas) {
        if (meta.thanos.labels.size > 0 && !replicaLabels.some((name) => meta.thanos.labels.has(name))) continue;
        metas.set(ulid, {
          ...meta,
          thanos: { ...meta.thanos, labels: withoutReplicaLabels(meta.thanos.labels, replicaLabels) },
        });
        changed++;
      }
      context.count('replica-label-removed', changed);
    },
  };
}

/** Reads a kind of marker of all blocks of the view. What does not decode is logged and passed over. */
async function readMarkers(
  kind: MarkerKind,
  bucket: Bucket,
  concurrency: number,
  logger: Logger,
  metas: Map<string, Meta>,
  context: FilterContext,
): Promise<Map<string, Marker>> {
  const marks = new Map<string, Marker>();
  await forEachLimit([...metas.keys()], concurrency, async (ulid) => {
    if (context.objects?.get(ulid)?.has(`${kind}.json`) === false) return;
    try {
      const mark = await readMarker(bucket, kind, ulid, context.signal);
      if (mark !== undefined) marks.set(ulid, mark);
    } catch (error) {
      if ((error as { kind?: string }).kind !== 'corrupt') throw error;
      logger.warn(
        `found partial ${kind}.json; if we will see it happening often for the same block, consider manually deleting ${kind}.json from the object storage`,
        { block: ulid, err: error as Error },
      );
    }
  });
  return marks;
}

export interface MarkerFilterOptions {
  readonly bucket: Bucket;
  readonly logger: Logger;
  readonly concurrency?: number;
}

/** Drops blocks marked for deletion longer than the delay; the marks of all blocks stay in `marks` until the next sync. */
export class DeletionMarkFilter implements MetaFilter {
  marks: ReadonlyMap<string, Marker> = new Map();
  readonly #options: MarkerFilterOptions;
  readonly #delayMs: number;

  constructor(options: MarkerFilterOptions, delayMs: number) {
    this.#options = options;
    this.#delayMs = delayMs;
  }

  async apply(metas: Map<string, Meta>, context: FilterContext): Promise<void> {
    const { bucket, logger, concurrency = 32 } = this.#options;
    const marks = await readMarkers('deletion-mark', bucket, concurrency, logger, metas, context);
    this.marks = marks;
    drop(
      metas,
      context,
      'marked-for-deletion',
      ({ ulid }) => context.nowMs - (marks.get(ulid)?.time ?? Infinity) * 1000 > this.#delayMs,
    );
  }
}

/** Collects no-compact or no-downsample marks; drops nothing. */
export class MarkCollector implements MetaFilter {
  marks: ReadonlyMap<string, Marker> = new Map();
  readonly #options: MarkerFilterOptions;
  readonly #kind: MarkerKind;

  constructor(options: MarkerFilterOptions, kind: 'no-compact-mark' | 'no-downsample-mark') {
    this.#options = options;
    this.#kind = kind;
  }

  async apply(metas: Map<string, Meta>, context: FilterContext): Promise<void> {
    const { bucket, logger, concurrency = 32 } = this.#options;
    this.marks = await readMarkers(this.#kind, bucket, concurrency, logger, metas, context);
    if (this.#kind === 'no-compact-mark') context.count('marked-for-no-compact', this.marks.size);
  }
}
