import type { SampleColumns } from '@tsanos/model';
import type { SeriesBatch } from './series-batch.ts';

/**
 * Turns the rows of one series (adjacent rows `from` to `to`, exclusive, with equal labels) into columns. The querier
 * hands the engine one that knows of replicas and aggregates; a plain block needs `RawReader`.
 *
 * `read` appends the samples with mint <= t <= maxt, ascending, each time once, to `out`. Stale markers are kept.
 * Samples of encodings that cannot be decoded are left out and reported through `warn`, never silently.
 */
export interface SampleReader {
  read(batch: SeriesBatch, from: number, to: number, mint: number, maxt: number, out: SampleColumns): void;
}
