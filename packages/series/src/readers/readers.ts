import type { SampleColumns } from '@tsanos/model';
import { Aggr } from '../series-batch.ts';
import { chainMerge } from './chain-merge.ts';
import { penaltyMerge } from './penalty-merge.ts';
import { penaltyMergeCounters } from './penalty-tree.ts';
import { SeriesReader, unitMode, type ReaderOptions } from './series-reader.ts';

/** Reads raw chunks; where they overlap, each time is given once, as Prometheus merges overlapping blocks. */
export class RawReader extends SeriesReader {
  constructor(options: Pick<ReaderOptions, 'warn'> = {}) {
    super(Aggr.RAW, options);
  }

  protected combine(replicas: readonly SampleColumns[], out: SampleColumns): void {
    chainMerge(replicas, out);
  }
}

/** Reads raw and downsampled chunks for a function, without deduplication of replicas. */
export class AggregateReader extends SeriesReader {
  constructor(options: ReaderOptions) {
    super(unitMode(options.func ?? '', options.resets ?? 'engine'), options);
  }

  protected override inSequence(downsampled: boolean): boolean {
    return downsampled || this.resets === 'thanos';
  }

  protected combine(replicas: readonly SampleColumns[], out: SampleColumns): void {
    chainMerge(replicas, out);
  }
}

/** The same with Thanos' default deduplication, `penalty`. */
export class PenaltyDedupReader extends SeriesReader {
  constructor(options: ReaderOptions) {
    super(unitMode(options.func ?? '', options.resets ?? 'engine'), options);
  }

  protected combine(replicas: readonly SampleColumns[], out: SampleColumns): void {
    const thanos = this.resets === 'thanos';
    if (thanos && this.counter) {
      penaltyMergeCounters(replicas, out);
      return;
    }
    let left = replicas[0];
    for (let r = 1; r < replicas.length; r++) {
      const last = r === replicas.length - 1;
      // Two columns past those of the replicas take turns.
      const into = last ? out : this.scratch(replicas.length + (r & 1));
      penaltyMerge(left, replicas[r], into, this.counter, thanos);
      left = into;
    }
  }
}

/** The same with Thanos' deduplication `chain`: the union of the replicas, each time once. */
export class ChainDedupReader extends SeriesReader {
  constructor(options: ReaderOptions) {
    super(unitMode(options.func ?? '', options.resets ?? 'engine'), options);
  }

  protected combine(replicas: readonly SampleColumns[], out: SampleColumns): void {
    chainMerge(replicas, out);
  }
}
