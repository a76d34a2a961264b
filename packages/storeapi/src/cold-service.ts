import type { MessageSink, ServerCall, ServiceDefinition } from '@tsanos/rpc';
import { decodeRequest } from './decode-request.ts';
import type { Codec } from './proto/codec.ts';
import { codecs } from './proto/codecs.ts';
import type * as m from './proto/messages.ts';

/** Answers of a streaming service, as many as it has. */
export type Answers<R> = AsyncIterable<m.Partially<R>> | Iterable<m.Partially<R>>;
/** What a component implements for one of the federated services. Errors that are RpcErrors keep their code. */
export type ColdHandler<Q, R> = (request: Q, call: ServerCall) => Answers<R>;

function streaming<Q, R>(
  service: string,
  method: string,
  request: Codec<Q>,
  response: Codec<R>,
  handler: ColdHandler<Q, R>,
): ServiceDefinition {
  const handle = async (bytes: Uint8Array, call: ServerCall, sink: MessageSink): Promise<void> => {
    for await (const answer of handler(decodeRequest(request, bytes), call)) {
      sink.send(response.encode(answer));
      if (sink.congested) await sink.drain();
    }
  };
  return { name: service, methods: { [method]: { kind: 'server-stream', handle } } };
}

/** `thanos.info.Info`. The handler throws an RpcError of Unavailable while the component is not ready. */
export function infoService(info: (call: ServerCall) => m.Partially<m.InfoResponse>): ServiceDefinition {
  return {
    name: 'thanos.info.Info',
    methods: {
      Info: {
        kind: 'unary',
        handle: (bytes, call) => {
          decodeRequest(codecs.infoRequest, bytes);
          return codecs.infoResponse.encode(info(call));
        },
      },
    },
  };
}

/** `thanos.Rules`. */
export function rulesService(handler: ColdHandler<m.RulesRequest, m.RulesResponse>): ServiceDefinition {
  return streaming('thanos.Rules', 'Rules', codecs.rulesRequest, codecs.rulesResponse, handler);
}

/** `thanos.Targets`. */
export function targetsService(handler: ColdHandler<m.TargetsRequest, m.TargetsResponse>): ServiceDefinition {
  return streaming('thanos.Targets', 'Targets', codecs.targetsRequest, codecs.targetsResponse, handler);
}

/** `thanos.Metadata`. */
export function metadataService(
  handler: ColdHandler<m.MetricMetadataRequest, m.MetricMetadataResponse>,
): ServiceDefinition {
  return streaming('thanos.Metadata', 'MetricMetadata', codecs.metadataRequest, codecs.metadataResponse, handler);
}

/** `thanos.Exemplars`. */
export function exemplarsService(handler: ColdHandler<m.ExemplarsRequest, m.ExemplarsResponse>): ServiceDefinition {
  return streaming('thanos.Exemplars', 'Exemplars', codecs.exemplarsRequest, codecs.exemplarsResponse, handler);
}

/** `thanos.Status`. */
export function statusService(
  handler: ColdHandler<m.TsdbStatisticsRequest, m.TsdbStatisticsResponse>,
): ServiceDefinition {
  return streaming('thanos.Status', 'TSDBStatistics', codecs.statisticsRequest, codecs.statisticsResponse, handler);
}
