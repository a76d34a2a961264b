import { TsanosError } from '@tsanos/bytes';
import { createMatcher, type Matcher, type MatchType } from '@tsanos/model';
import { RpcError, Status } from '@tsanos/rpc';
import type { Aggr, LabelsRequest, PartialResponseStrategy, SelectHints, SeriesRequest } from '@tsanos/series';
import type {
  Partially,
  WireLabelNamesRequest,
  WireLabelValuesRequest,
  WireMatcher,
  WireQueryHints,
  WireSeriesRequest,
} from './proto/messages.ts';

const MATCH_TYPES: readonly MatchType[] = ['=', '!=', '=~', '!~'];

/** Matchers of a request; an unknown type or a bad regex is an RpcError of InvalidArgument with Thanos' text. */
export function matchersFromWire(matchers: readonly WireMatcher[]): Matcher[] {
  return matchers.map(({ type, name, value }) => {
    const known = MATCH_TYPES[type];
    if (known === undefined) throw new RpcError(Status.INVALID_ARGUMENT, `unrecognized matcher type ${type}`);
    try {
      return createMatcher(known, name, value);
    } catch (error) {
      if (error instanceof TsanosError && error.kind === 'bad-input')
        throw new RpcError(Status.INVALID_ARGUMENT, error.message, { cause: error });
      throw error;
    }
  });
}

export function matchersToWire(matchers: readonly Matcher[]): WireMatcher[] {
  return matchers.map(({ type, name, value }) => ({ type: MATCH_TYPES.indexOf(type), name, value }));
}

/** Either of the two fields asks for an abort. */
function strategy(message: {
  partial_response_disabled: boolean;
  partial_response_strategy: number;
}): PartialResponseStrategy {
  return message.partial_response_disabled || message.partial_response_strategy === 1 ? 'abort' : 'warn';
}

function strategyToWire(partial: PartialResponseStrategy): {
  partial_response_disabled: boolean;
  partial_response_strategy: number;
} {
  return { partial_response_disabled: partial === 'abort', partial_response_strategy: partial === 'abort' ? 1 : 0 };
}

function hintsFromWire(hints: WireQueryHints): SelectHints {
  return {
    stepMs: hints.step_millis,
    func: hints.func?.name ?? '',
    rangeMs: hints.range?.millis ?? 0,
    grouping: hints.grouping?.labels ?? [],
    by: hints.grouping?.by ?? false,
  };
}

function hintsToWire(hints: SelectHints): Partially<WireQueryHints> {
  return {
    step_millis: hints.stepMs,
    func: hints.func === '' ? null : { name: hints.func },
    grouping: hints.grouping.length === 0 && !hints.by ? null : { by: hints.by, labels: [...hints.grouping] },
    range: hints.rangeMs === 0 ? null : { millis: hints.rangeMs },
  };
}

/** The request as a source takes it. */
export function seriesRequestFromWire(message: WireSeriesRequest): SeriesRequest {
  const shard = message.shard_info;
  return {
    mint: message.min_time,
    maxt: message.max_time,
    matchers: matchersFromWire(message.matchers),
    maxResolutionMs: message.max_resolution_window,
    aggregates: message.aggregates as Aggr[],
    partialResponse: strategy(message),
    skipChunks: message.skip_chunks,
    withoutReplicaLabels: message.without_replica_labels,
    limit: Math.max(0, message.limit),
    hints: message.query_hints === null ? undefined : hintsFromWire(message.query_hints),
    shard:
      shard === null || shard.total_shards < 1
        ? undefined
        : { index: shard.shard_index, total: shard.total_shards, by: shard.by, labels: shard.labels },
  };
}

/** The request as it goes to another store. */
export function seriesRequestToWire(request: SeriesRequest, batchSize: number): Partially<WireSeriesRequest> {
  const { shard } = request;
  return {
    min_time: request.mint,
    max_time: request.maxt,
    matchers: matchersToWire(request.matchers),
    max_resolution_window: request.maxResolutionMs,
    aggregates: [...request.aggregates],
    ...strategyToWire(request.partialResponse),
    skip_chunks: request.skipChunks,
    query_hints: request.hints === undefined ? null : hintsToWire(request.hints),
    shard_info:
      shard === undefined
        ? null
        : { shard_index: shard.index, total_shards: shard.total, by: shard.by, labels: [...shard.labels] },
    without_replica_labels: [...request.withoutReplicaLabels],
    limit: request.limit,
    response_batch_size: batchSize,
  };
}

export function labelsRequestFromWire(message: WireLabelNamesRequest): LabelsRequest {
  return {
    mint: message.start,
    maxt: message.end,
    matchers: matchersFromWire(message.matchers),
    partialResponse: strategy(message),
    withoutReplicaLabels: message.without_replica_labels,
    limit: Math.max(0, message.limit),
  };
}

export function labelsRequestToWire(request: LabelsRequest): Partially<WireLabelNamesRequest> {
  return {
    ...strategyToWire(request.partialResponse),
    start: request.mint,
    end: request.maxt,
    matchers: matchersToWire(request.matchers),
    without_replica_labels: [...request.withoutReplicaLabels],
    limit: request.limit,
  };
}

export function labelValuesRequestToWire(label: string, request: LabelsRequest): Partially<WireLabelValuesRequest> {
  return { label, ...labelsRequestToWire(request) };
}
