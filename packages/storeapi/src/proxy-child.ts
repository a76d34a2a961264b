import { TsanosError, type CounterCell } from '@tsanos/bytes';
import { compareUtf8, formatGoDuration, labelBytesValue, labelsToString } from '@tsanos/model';
import { errorText, RpcError, Status } from '@tsanos/rpc';
import {
  LabelRewriter,
  shardSeries,
  sortSeries,
  type CallContext,
  type SeriesBatch,
  type SeriesRequest,
} from '@tsanos/series';
import { endpointText, type ProxyEndpoint } from './proxy-endpoint.ts';
import { PeerWarningError, ResponseTimeoutError } from './remote-source.ts';

/**
 * The series of one child, put right where it cannot do it itself: replica labels removed and the stream sorted again, shards
 * filtered. A failure is a warning that ends this stream under `warn`, or an error. `sort` = the child is known not to keep order.
 */
export async function* childStream(
  endpoint: ProxyEndpoint,
  request: SeriesRequest,
  ctx: CallContext,
  sort: boolean,
  empty: CounterCell,
): AsyncGenerator<SeriesBatch> {
  let began = false;
  try {
    for await (const batch of corrected(endpoint, request, ctx, sort)) {
      began = true;
      yield batch;
    }
    if (!began) empty.inc();
  } catch (error) {
    ctx.cancel.throwIfCancelled();
    // A limit of ours is not a fault of the child.
    if (error instanceof TsanosError && !(error instanceof RpcError) && error.kind === 'limit') throw error;
    const failure = childError(endpoint, error, began);
    if (request.partialResponse === 'abort') throw failure;
    ctx.warn(failure.message);
  }
}

async function* corrected(
  endpoint: ProxyEndpoint,
  request: SeriesRequest,
  ctx: CallContext,
  sort: boolean,
): AsyncGenerator<SeriesBatch> {
  const drop = request.withoutReplicaLabels;
  const strips = drop.length > 0 && !endpoint.supportsWithoutReplicaLabels;
  // Series that become equal count once, so such a child may not cut its part.
  // Children that filter shards lose nothing by being filtered again, and some filter only at times.
  const all = endpoint.source.series(strips ? { ...request, limit: 0 } : request, ctx);
  const stream = shardSeries(all, request.shard, drop);
  if (strips || sort) {
    yield* sortSeries(stripped(stream, drop), ctx);
  } else if (drop.length > 0) {
    yield* distrusted(stream, drop, ctx);
  } else {
    yield* stream;
  }
}

/** A child that says it drops labels: the first batch shows whether it does. */
async function* distrusted(
  stream: AsyncIterable<SeriesBatch>,
  drop: readonly string[],
  ctx: CallContext,
): AsyncGenerator<SeriesBatch> {
  const iterator = stream[Symbol.asyncIterator]();
  let open = true;
  try {
    const first = await iterator.next();
    if (first.done === true) {
      open = false;
      return;
    }
    const rest = (async function* (): AsyncGenerator<SeriesBatch> {
      yield first.value;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
      open = false;
    })();
    yield* hasAny(first.value, drop) ? sortSeries(stripped(rest, drop), ctx) : rest;
  } finally {
    if (open) await iterator.return?.();
  }
}

function hasAny(batch: SeriesBatch, names: readonly string[]): boolean {
  for (let i = 0; i < batch.count; i++) {
    const buffer = batch.labelBuffers[batch.labelBuffer[i]];
    for (const name of names)
      if (labelBytesValue(buffer, batch.labelOffset[i], batch.labelLength[i], name) !== '') return true;
  }
  return false;
}

async function* stripped(stream: AsyncIterable<SeriesBatch>, drop: readonly string[]): AsyncGenerator<SeriesBatch> {
  const rewriter = new LabelRewriter({ drop });
  for await (const batch of stream) yield rewriter.rewriteBatch(batch);
}

/** The error in Thanos' words: why it could not be opened, or what it sent, or that it sent nothing. */
function childError(endpoint: ProxyEndpoint, error: unknown, began: boolean): RpcError {
  if (error instanceof PeerWarningError) return error;
  const child = endpointText(endpoint);
  if (error instanceof ResponseTimeoutError) {
    return new RpcError(
      Status.ABORTED,
      `failed to receive any data in ${formatGoDuration(error.timeoutMs)} from ${child}`,
      { cause: error },
    );
  }
  if (
    !began &&
    error instanceof RpcError &&
    error.status === Status.UNAVAILABLE &&
    error.message.startsWith('connection error')
  ) {
    return new RpcError(error.status, `fetch series for ${identity(endpoint)} ${child}: ${errorText(error)}`, {
      cause: error,
    });
  }
  return new RpcError(Status.ABORTED, `receive series from ${child}: ${errorText(error)}`, { cause: error });
}

function identity(endpoint: ProxyEndpoint): string {
  if (endpoint.labelSets.length === 0) return 'Store Gateway';
  return endpoint.labelSets.map(labelsToString).sort(compareUtf8).join(',');
}
