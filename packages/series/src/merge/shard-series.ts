import type { SeriesBatch } from '../series-batch.ts';
import { SeriesBatchBuilder } from '../series-batch-builder.ts';
import type { SeriesRequest } from '../series-source.ts';
import { LabelRewriter } from './rewrite-labels.ts';
import { ShardFilter } from './shard.ts';

/**
 * Only the series of the request's shard. `drop` are replica labels that the series still carry: the shard is decided without
 * them.
 */
export async function* shardSeries(
  batches: AsyncIterable<SeriesBatch>,
  shard: SeriesRequest['shard'],
  drop: readonly string[] = [],
): AsyncGenerator<SeriesBatch> {
  const filter = new ShardFilter(shard);
  if (filter.keepsAll) {
    yield* batches;
    return;
  }
  const rewriter = new LabelRewriter({ drop });
  for await (const batch of batches) {
    const final = rewriter.rewriteBatch(batch);
    const builder = new SeriesBatchBuilder();
    for (let i = 0; i < batch.count; i++) {
      if (filter.keeps(final.labelBuffers[final.labelBuffer[i]], final.labelOffset[i], final.labelLength[i]))
        builder.rows(batch, i, i + 1);
    }
    if (builder.count > 0) yield builder.finish();
  }
}
