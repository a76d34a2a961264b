import { ByteWriter } from '@tsanos/bytes';
import { compareLabelBytes, compareUtf8, decodeLabels, type Matcher } from '@tsanos/model';
import { parseMetricSelector, ParseError } from '@tsanos/promql';
import type { CallContext, LabelsRequest, SeriesSource } from '@tsanos/series';
import { ApiError, invalidParameter } from '../api/api-error.ts';
import type { MetadataTask } from '../api/tasks.ts';
import { tenantMatchers } from './tenant-matchers.ts';

const TRUNCATED = 'results truncated due to limit';

/** `/series`, `/labels` and label values over a source: the `data` of the answer. */
export async function metadataAnswer(task: MetadataTask, source: SeriesSource, ctx: CallContext): Promise<Uint8Array> {
  const own = tenantMatchers(task);
  const given = task.match.map((text) => parseMatch(text, task.kind));
  const selectors = given.length === 0 && own.length > 0 ? [own] : given.map((matchers) => [...matchers, ...own]);
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
  const found = await findSeries(task, selectors, source, ctx);
  // One selector's series come in order.
  if (selectors.length > 1) found.sort((a, b) => compareLabelBytes(a, 0, a.length, b, 0, b.length));
  if (task.limit > 0 && found.length > task.limit) {
    found.length = task.limit;
    ctx.warn(TRUNCATED);
  }
  const out = new ByteWriter(4096).string('[');
  found.forEach((bytes, i) => {
    if (i > 0) out.string(',');
    out.string(JSON.stringify(decodeLabels(bytes, 0, bytes.length)));
  });
  return out.string(']').finish();
}

/** Labels of the series of all selectors, each series once, at most one more a selector than the limit. */
async function findSeries(
  task: MetadataTask,
  selectors: readonly (readonly Matcher[])[],
  source: SeriesSource,
  ctx: CallContext,
): Promise<Uint8Array[]> {
  const seen = new Set<string>();
  const found: Uint8Array[] = [];
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
        // One more than asked for tells whether there is more.
        limit: task.limit > 0 ? task.limit + 1 : 0,
      },
      ctx,
    );
    for await (const batch of batches) {
      for (let i = 0; i < batch.count; i++) {
        const buffer = batch.labelBuffers[batch.labelBuffer[i]];
        const bytes = buffer.slice(batch.labelOffset[i], batch.labelOffset[i] + batch.labelLength[i]);
        const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
        if (seen.has(key)) continue;
        seen.add(key);
        found.push(bytes);
      }
      ctx.cancel.throwIfCancelled();
    }
  }
  return found;
}

/** A `match[]` selector. */
function parseMatch(text: string, kind: MetadataTask['kind']): readonly Matcher[] {
  let matchers: readonly Matcher[];
  try {
    matchers = parseMetricSelector(text);
  } catch (error) {
    // Prometheus names the parameter for series only.
    if (error instanceof ParseError)
      throw kind === 'series' ? invalidParameter('match[]', error.message) : new ApiError('bad_data', error.message);
    throw error;
  }
  if (!matchers.some((matcher) => !matcher.matches(''))) {
    const message = 'match[] must contain at least one non-empty matcher';
    throw kind === 'series' ? invalidParameter('match[]', message) : new ApiError('bad_data', message);
  }
  return matchers;
}
