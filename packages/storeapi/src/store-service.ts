import type { MessageSink, ServerCall, ServiceDefinition } from '@tsanos/rpc';
import type { Budget, SeriesSource } from '@tsanos/series';
import { serverCallContext, unlimitedBudget } from './call-context.ts';
import {
  countMessages,
  serveLabelNames,
  serveLabelValues,
  serveSeries,
  type MakeContext,
  type StoreCallOptions,
} from './store-calls.ts';

export interface StoreServiceOptions extends StoreCallOptions {
  /** Memory of a call; a new one for each call when a function. */
  readonly budget?: Budget | (() => Budget) | undefined;
}

/** `thanos.Store` over a series source, for sources that live on the thread of the server. */
export function storeService(source: SeriesSource, options: StoreServiceOptions = {}): ServiceDefinition {
  const context = (call: ServerCall): MakeContext => {
    const { budget } = options;
    return (warn) =>
      serverCallContext(call, typeof budget === 'function' ? budget() : (budget ?? unlimitedBudget), warn);
  };
  return {
    name: 'thanos.Store',
    methods: {
      Series: {
        kind: 'server-stream',
        handle: (bytes, call, sink) => serveSeries(source, bytes, options, context(call), sink),
      },
      LabelNames: { kind: 'unary', handle: (bytes, call) => serveLabelNames(source, bytes, options, context(call)) },
      LabelValues: { kind: 'unary', handle: (bytes, call) => serveLabelValues(source, bytes, options, context(call)) },
    },
  };
}

/** Where the calls of `thanos.Store` really run: on a worker that uses `seriesBlocks`, `serveLabelNames`, `serveLabelValues`. */
export interface RemoteStoreCalls {
  /** Blocks of framed messages in `call.responseEncoding`, each given away. */
  series(request: Uint8Array, call: ServerCall): AsyncIterable<Uint8Array>;
  labelNames(request: Uint8Array, call: ServerCall): Promise<Uint8Array>;
  labelValues(request: Uint8Array, call: ServerCall): Promise<Uint8Array>;
}

/** `thanos.Store` whose work is done elsewhere: this thread only passes bytes on, and asks for more when its reader took some. */
export function relayStoreService(calls: RemoteStoreCalls): ServiceDefinition {
  const series = async (bytes: Uint8Array, call: ServerCall, sink: MessageSink): Promise<void> => {
    for await (const block of calls.series(bytes, call)) {
      sink.sendBlock(block, countMessages(block));
      if (sink.congested) await sink.drain();
    }
  };
  return {
    name: 'thanos.Store',
    methods: {
      Series: { kind: 'server-stream', handle: series },
      LabelNames: { kind: 'unary', handle: (bytes, call) => calls.labelNames(bytes, call) },
      LabelValues: { kind: 'unary', handle: (bytes, call) => calls.labelValues(bytes, call) },
    },
  };
}
