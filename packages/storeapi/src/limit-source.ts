import { TsanosError } from '@tsanos/bytes';
import {
  Aggr,
  type CallContext,
  type LabelsRequest,
  type SeriesBatch,
  type SeriesRequest,
  type SeriesSource,
} from '@tsanos/series';

/** Samples a chunk is counted as. */
const SAMPLES_PER_CHUNK = 120;

export interface RequestLimits {
  /** Series a request may give, 0 = any number: `--store.limits.request-series`. */
  readonly series: number;
  /** Samples, counted as 120 a chunk, 0 = any number: `--store.limits.request-samples`. */
  readonly samples: number;
}

/** The code of the error that a passed limit throws. */
export const REQUEST_LIMIT_CODE = 'request-limit';

/** A source that ends a Series call with an error of kind limit once it passes a limit; what the call held is given back. */
export function limitSource(source: SeriesSource, limits: RequestLimits): SeriesSource {
  if (limits.series <= 0 && limits.samples <= 0) return source;
  return {
    series: (request, ctx) => limited(source, limits, request, ctx),
    labelNames: (request: LabelsRequest, ctx) => source.labelNames(request, ctx),
    labelValues: (name, request, ctx) => source.labelValues(name, request, ctx),
  };
}

async function* limited(
  source: SeriesSource,
  limits: RequestLimits,
  request: SeriesRequest,
  ctx: CallContext,
): AsyncGenerator<SeriesBatch> {
  let series = 0;
  let chunks = 0;
  for await (const batch of source.series(request, ctx)) {
    series += batch.count;
    chunks += countChunks(batch);
    if (limits.series > 0 && series > limits.series) throw violated('series', limits.series, series);
    if (limits.samples > 0 && chunks * SAMPLES_PER_CHUNK > limits.samples)
      throw violated('samples', limits.samples, chunks * SAMPLES_PER_CHUNK);
    yield batch;
  }
}

/** AggrChunks of a batch: rows that are not a further aggregate of the chunk before. */
function countChunks(batch: SeriesBatch): number {
  let count = 0;
  for (let i = 0; i < batch.count; i++) {
    const end = batch.chunkStart[i + 1];
    for (let row = batch.chunkStart[i]; row < end; row++) {
      const further =
        row > batch.chunkStart[i] &&
        batch.chunkAggr[row - 1] !== Aggr.RAW &&
        batch.chunkAggr[row] > batch.chunkAggr[row - 1] &&
        batch.chunkMint[row] === batch.chunkMint[row - 1] &&
        batch.chunkMaxt[row] === batch.chunkMaxt[row - 1];
      if (!further) count++;
    }
  }
  return count;
}

function violated(what: 'series' | 'samples', limit: number, got: number): TsanosError {
  const flag = `--store.limits.request-${what}`;
  return new TsanosError(
    'limit',
    REQUEST_LIMIT_CODE,
    `failed to send ${what}: limit ${limit} violated (got ${got}); narrow the selector or raise ${flag}`,
    { limit, got, flag },
  );
}
