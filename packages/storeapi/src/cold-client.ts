import type { Labels } from '@tsanos/model';
import { blockMessage, type CallOptions, type RpcChannel } from '@tsanos/rpc';
import type { Codec } from './proto/codec.ts';
import { codecs } from './proto/codecs.ts';
import { labelsFromWire, type Partially } from './proto/messages.ts';
import type * as m from './proto/messages.ts';

async function* streaming<Q, R>(
  channel: RpcChannel,
  path: string,
  request: Codec<Q>,
  response: Codec<R>,
  message: Partially<Q>,
  options: CallOptions,
): AsyncGenerator<R> {
  const stream = channel.stream(path, request.encode(message), options);
  try {
    for (let blocks = await stream.read(); blocks !== undefined; blocks = await stream.read()) {
      for (const block of blocks)
        for (let i = 0; i < block.ranges.length / 2; i++) yield response.decode(blockMessage(block, i));
    }
  } finally {
    stream.cancel();
  }
}

/** Calls of the federated services of a peer; each gives the answers as they come and throws an RpcError at a failure. */
export class ColdClient {
  readonly #channel: RpcChannel;

  constructor(channel: RpcChannel) {
    this.#channel = channel;
  }

  /** What the peer serves. Give it a timeout. */
  async info(options: CallOptions = {}): Promise<m.InfoResponse> {
    return codecs.infoResponse.decode(
      await this.#channel.unary('/thanos.info.Info/Info', codecs.infoRequest.encode({}), options),
    );
  }

  rules(request: Partially<m.RulesRequest>, options: CallOptions = {}): AsyncGenerator<m.RulesResponse> {
    return streaming(this.#channel, '/thanos.Rules/Rules', codecs.rulesRequest, codecs.rulesResponse, request, options);
  }

  targets(request: Partially<m.TargetsRequest>, options: CallOptions = {}): AsyncGenerator<m.TargetsResponse> {
    return streaming(
      this.#channel,
      '/thanos.Targets/Targets',
      codecs.targetsRequest,
      codecs.targetsResponse,
      request,
      options,
    );
  }

  metadata(
    request: Partially<m.MetricMetadataRequest>,
    options: CallOptions = {},
  ): AsyncGenerator<m.MetricMetadataResponse> {
    return streaming(
      this.#channel,
      '/thanos.Metadata/MetricMetadata',
      codecs.metadataRequest,
      codecs.metadataResponse,
      request,
      options,
    );
  }

  exemplars(request: Partially<m.ExemplarsRequest>, options: CallOptions = {}): AsyncGenerator<m.ExemplarsResponse> {
    return streaming(
      this.#channel,
      '/thanos.Exemplars/Exemplars',
      codecs.exemplarsRequest,
      codecs.exemplarsResponse,
      request,
      options,
    );
  }

  statistics(
    request: Partially<m.TsdbStatisticsRequest>,
    options: CallOptions = {},
  ): AsyncGenerator<m.TsdbStatisticsResponse> {
    return streaming(
      this.#channel,
      '/thanos.Status/TSDBStatistics',
      codecs.statisticsRequest,
      codecs.statisticsResponse,
      request,
      options,
    );
  }
}

/** What a peer says of itself, in the terms of the house. Times are ms; open ends are ±2^63. */
export interface PeerInfo {
  /** `sidecar`, `store`, … */
  readonly componentType: string;
  readonly labelSets: readonly Labels[];
  /** Absent when it serves no StoreAPI. */
  readonly store:
    | {
        readonly mint: number;
        readonly maxt: number;
        readonly supportsSharding: boolean;
        readonly supportsWithoutReplicaLabels: boolean;
        readonly tsdbInfos: readonly { labels: Labels; mint: number; maxt: number }[];
      }
    | undefined;
  readonly rules: boolean;
  readonly metadata: boolean;
  readonly targets: boolean;
  readonly exemplars: { readonly mint: number; readonly maxt: number } | undefined;
  readonly query: boolean;
  readonly status: boolean;
}

export function peerInfo(answer: m.InfoResponse): PeerInfo {
  const { store, exemplars } = answer;
  return {
    componentType: answer.ComponentType,
    labelSets: answer.label_sets.map((set) => labelsFromWire(set)),
    store:
      store === null
        ? undefined
        : {
            mint: store.min_time,
            maxt: store.max_time,
            supportsSharding: store.supports_sharding,
            supportsWithoutReplicaLabels: store.supports_without_replica_labels,
            tsdbInfos: store.tsdb_infos.map((info) => ({
              labels: labelsFromWire(info.labels),
              mint: info.min_time,
              maxt: info.max_time,
            })),
          },
    rules: answer.rules !== null,
    metadata: answer.metric_metadata !== null,
    targets: answer.targets !== null,
    exemplars: exemplars === null ? undefined : { mint: exemplars.min_time, maxt: exemplars.max_time },
    query: answer.query !== null,
    status: answer.status !== null,
  };
}
