import { compareUtf8 } from '@tsanos/model';
import type { SeriesBatch } from '../series-batch.ts';
import { sliceBatch } from './batch-slice.ts';

/** The first `limit` series of a stream, which is stopped there; 0 = all. */
export async function* limitSeries(batches: AsyncIterable<SeriesBatch>, limit: number): AsyncGenerator<SeriesBatch> {
  let left = limit <= 0 ? Infinity : limit;
  for await (const batch of batches) {
    if (batch.count >= left) {
      yield sliceBatch(batch, 0, left);
      return;
    }
    left -= batch.count;
    yield batch;
  }
}

/** Label names or values as a source answers them: each once, in UTF-8 byte order, the first `limit` of them; 0 = all. */
export function orderedStrings(values: Iterable<string>, limit: number): string[] {
  const sorted = [...new Set(values)].sort(compareUtf8);
  return limit > 0 ? sorted.slice(0, limit) : sorted;
}
