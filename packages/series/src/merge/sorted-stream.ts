import { TsanosError } from '@tsanos/bytes';
import { decodeLabels, labelsToString } from '@tsanos/model';
import type { SeriesBatch } from '../series-batch.ts';
import type { CallContext } from '../series-source.ts';
import { batchBytes, compareSeries } from './batch-slice.ts';
import { sortBatches } from './sort-series.ts';

/** A batch of a verified stream. */
export interface VerifiedBatch {
  readonly batch: SeriesBatch;
  /** How many series have labels equal to the series before them, the last one of the batch before included. */
  readonly repeats: number;
  /** Whether the first series has the labels of the last one of the batch before. */
  readonly continues: boolean;
}

/**
 * Yields the non-empty batches of a stream and verifies that labels ascend (equal neighbours are fine). A stream found
 * unsorted is read to its end under the budget, sorted, and yielded on; when what comes late should have come before what was
 * already given, nothing can be mended any more and it throws (kind retryable: ask again through `sortSeries`).
 */
export async function* verifySorted(
  source: AsyncIterable<SeriesBatch>,
  ctx: CallContext,
): AsyncIterable<VerifiedBatch> {
  const iterator = source[Symbol.asyncIterator]();
  let held = 0;
  let done = false;
  let last: SeriesBatch | undefined;
  try {
    for (;;) {
      const step = await iterator.next();
      if (step.done === true) {
        done = true;
        return;
      }
      if (step.value.count === 0) continue;
      const verified = verify(step.value, last);
      if (verified === undefined) {
        const rest: SeriesBatch[] = [step.value];
        for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
          ctx.cancel.throwIfCancelled();
          const bytes = batchBytes(next.value);
          ctx.budget.takeBytes(bytes);
          held += bytes;
          rest.push(next.value);
        }
        done = true;
        for (const batch of sortBatches(rest, ctx)) {
          const mended = verify(batch, last);
          if (mended === undefined) throw tooLate(batch);
          last = batch;
          yield mended;
        }
        return;
      }
      last = step.value;
      yield verified;
    }
  } finally {
    if (held > 0) ctx.budget.giveBytes(held);
    if (!done) await iterator.return?.();
  }
}

function verify(batch: SeriesBatch, before: SeriesBatch | undefined): VerifiedBatch | undefined {
  let repeats = 0;
  let continues = false;
  if (before !== undefined) {
    const order = compareSeries(before, before.count - 1, batch, 0);
    if (order > 0) return undefined;
    if (order === 0) {
      continues = true;
      repeats++;
    }
  }
  for (let i = 1; i < batch.count; i++) {
    const order = compareSeries(batch, i - 1, batch, i);
    if (order > 0) return undefined;
    if (order === 0) repeats++;
  }
  return { batch, repeats, continues };
}

function tooLate(batch: SeriesBatch): TsanosError {
  const labels = labelsToString(
    decodeLabels(batch.labelBuffers[batch.labelBuffer[0]], batch.labelOffset[0], batch.labelLength[0]),
  );
  return new TsanosError(
    'retryable',
    'unsorted-stream',
    `merge series: a stream sent ${labels} after greater labels were passed on; its source does not sort`,
    { labels },
  );
}
