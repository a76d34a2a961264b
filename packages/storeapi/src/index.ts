export { cancellationOf, DEFAULT_TENANT, serverCallContext, TENANT_METADATA, unlimitedBudget } from './call-context.ts';
export { ColdClient, peerInfo, type PeerInfo } from './cold-client.ts';
export {
  exemplarsService,
  infoService,
  metadataService,
  rulesService,
  statusService,
  targetsService,
  type ColdHandler,
} from './cold-service.ts';
export {
  labelsRequestFromWire,
  labelsRequestToWire,
  labelValuesRequestToWire,
  matchersFromWire,
  matchersToWire,
  seriesRequestFromWire,
  seriesRequestToWire,
} from './convert.ts';
export { infoMessage, type ServedApis } from './info-message.ts';
export { limitSource, REQUEST_LIMIT_CODE, type RequestLimits } from './limit-source.ts';
export { codec, type Codec } from './proto/codec.ts';
export { codecs } from './proto/codecs.ts';
export * from './proto/messages.ts';
export { fileDescriptors } from './proto/schema.ts';
export { endpointText, proxyInfo, type ProxyEndpoint } from './proxy-endpoint.ts';
export { ProxySource, type ProxyOptions } from './proxy-source.ts';
export {
  decodeChunkedRead,
  decodeReadRequest,
  decodeSampledRead,
  encodeReadRequest,
  ReadResponseType,
  type ReadQuery,
  type SampledRead,
} from './remote-read.ts';
export { PeerWarningError, RemoteSource, ResponseTimeoutError, type RemoteSourceOptions } from './remote-source.ts';
export { SeriesDecoder, type SeriesFrameEvents } from './series-decoder.ts';
export { SeriesFrameWriter, type MessageTarget } from './series-frame-writer.ts';
export {
  countMessages,
  seriesBlocks,
  serveLabelNames,
  serveLabelValues,
  serveSeries,
  type HintedSource,
  type MakeContext,
  type StoreCallOptions,
} from './store-calls.ts';
export { relayStoreService, storeService, type RemoteStoreCalls, type StoreServiceOptions } from './store-service.ts';
export { GrpcEndpoint, type GrpcEndpointOptions } from './grpc-endpoint.ts';
export { poolStoreCalls, storeCallHandlers, type CallPool, type CallScope, type StoreCall } from './worker-store.ts';
