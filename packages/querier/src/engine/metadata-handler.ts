import { ByteWriter } from '@tsanos/bytes';
import { compareUtf8, decodeLabels, type Matcher } from '@tsanos/model';
import { parseMetricSelector, ParseError } from '@tsanos/promql';
import type { CallContext, LabelsRequest, SeriesSource } from '@tsanos/series';
import { ApiError, invalidParameter } from '../api/api-error.ts';
import type { MetadataTask } from '../api/tasks.ts';

const TRUNCATED = 'results truncated due to limit';

/** `/series`, `/labels` and label values over a source: the `data` of the answer. */
export async function metadataAnswer(task: MetadataTask, source: SeriesSource, ctx: CallContext): Promise<Uint8Array> {
  const selectors = task.match.map((text) => parseMatch(text, task.kind));
  if (task.kind === 'series') return series(task, selectors, source, ctx);
  const request = (matchers: readonly Matcher[]): LabelsRequest => ({
    mint: task.mint,
    maxt: task.maxt,
    matchers,
    partialResponse: task.partialResponse ? 'warn' : 'abort',
    withoutReplicaLabels: [],
    // One more than asked for tells whether there is more.
    limit: task.limit > 0 ? task.limit + 1 : 0,
  });
  const lists = await Promise.all(
    (selectors.length === 0 ? [[]] : selectors).map((matchers) =>
      task.kind === 'labels'
        ? source.labelNames(request(matchers), ctx)
        : source.labelValues(task.label, request(matchers), ctx),
    ),
  );
  let values = lists.length === 1 ? lists[0] : [...new Set(lists.flat())].sort(compareUtf8);
  if (task.limit > 0 && values.length > task.limit) {
    values = values.slice(0, task.limit);
    ctx.warn(TRUNCATED);
  }
  return Buffer.from(JSON.stringify(values));
}

async function series(
  task: MetadataTask,
  selectors: readonly (readonly Matcher[])[],
  source: SeriesSource,
  ctx: CallContext,
): Promise<Uint8Array> {
  const seen = new Set<string>();
  const out = new ByteWriter(4096).string('[');
  const encoder = new TextEncoder();
  let count = 0;
  for (const matchers of selectors) {
    const batches = source.series(
      {
        mint: task.mint,
        maxt: task.maxt,
        matchers,
        // Labels are the same at every resolution, and coarse blocks are the smallest.
        maxResolutionMs: Number.MAX_SAFE_INTEGER,
        aggregates: [],
        partialResponse: task.partialResponse ? 'warn' : 'abort',
        skipChunks: true,
        withoutReplicaLabels: task.dedup ? task.replicaLabels : [],
        limit: task.limit > 0 ? task.limit + 1 : 0,
      },
      ctx,
    );
    for await (const batch of batches) {
      for (let i = 0; i < batch.count; i++) {
        const bytes = batch.labelBuffers[batch.labelBuffer[i]];
        const key = Buffer.from(bytes.buffer, bytes.byteOffset + batch.labelOffset[i], batch.labelLength[i]).toString(
          'latin1',
        );
        if (seen.has(key)) continue;
        seen.add(key);
        if (task.limit > 0 && count === task.limit) {
          ctx.warn(TRUNCATED);
          return out.string(']').finish();
        }
        const labels = JSON.stringify(decodeLabels(bytes, batch.labelOffset[i], batch.labelLength[i]));
        out.bytes(encoder.encode(count === 0 ? labels : `,${labels}`));
        count++;
      }
      ctx.cancel.throwIfCancelled();
    }
  }
  return out.string(']').finish();
}

/** A `match[]` selector. */
function parseMatch(text: string, kind: MetadataTask['kind']): readonly Matcher[] {
  let matchers: readonly Matcher[];
  try {
    matchers = parseMetricSelector(text);
  } catch (error) {
    if (error instanceof ParseError) throw invalidParameter('match[]', error.message);
    throw error;
  }
  if (!matchers.some((matcher) => !matcher.matches(''))) {
    const message = 'match[] must contain at least one non-empty matcher';
    throw kind === 'series' ? invalidParameter('match[]', message) : new ApiError('bad_data', message);
  }
  return matchers;
}
