import type { ServerCall } from '@tsanos/rpc';
import type { Budget, CallContext, Cancellation, SeriesSource } from '@tsanos/series';
import { DEFAULT_TENANT, TENANT_METADATA } from './call-context.ts';
import {
  seriesBlocks,
  serveLabelNames,
  serveLabelValues,
  type MakeContext,
  type StoreCallOptions,
} from './store-calls.ts';
import type { RemoteStoreCalls } from './store-service.ts';

/** A call of `thanos.Store` as it crosses from the thread of the listener to a worker. */
export interface StoreCall {
  readonly request: Uint8Array;
  readonly encoding: string;
  readonly tenant: string;
}

/** What is needed of a worker pool. */
export interface CallPool {
  run(handler: string, call: StoreCall, signal: AbortSignal): Promise<Uint8Array>;
  stream(handler: string, call: StoreCall, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The main thread's half: calls go to the handlers `<prefix>.series`, `.labelNames` and `.labelValues` of a pool. */
export function poolStoreCalls(pool: CallPool, prefix: string): RemoteStoreCalls {
  const wrap = (request: Uint8Array, call: ServerCall): StoreCall => ({
    // A copy: the request is a view of the connection's buffer, which must not travel along.
    request: request.slice(),
    encoding: call.responseEncoding,
    tenant: call.metadata[TENANT_METADATA] || DEFAULT_TENANT,
  });
  return {
    series: (request, call) => pool.stream(`${prefix}.series`, wrap(request, call), call.signal),
    labelNames: (request, call) => pool.run(`${prefix}.labelNames`, wrap(request, call), call.signal),
    labelValues: (request, call) => pool.run(`${prefix}.labelValues`, wrap(request, call), call.signal),
  };
}

/** What a worker gives a handler beside the call. */
export interface CallScope {
  readonly cancel: Cancellation;
  readonly budget: Budget;
}

/** The worker's half: handlers over a source that lives there. */
export function storeCallHandlers(source: SeriesSource, prefix: string, options: StoreCallOptions = {}) {
  return {
    [`${prefix}.series`]: (call: StoreCall, scope: CallScope) =>
      seriesBlocks(source, call.request, call.encoding, options, contextOf(call, scope)),
    [`${prefix}.labelNames`]: (call: StoreCall, scope: CallScope) =>
      serveLabelNames(source, call.request, options, contextOf(call, scope)),
    [`${prefix}.labelValues`]: (call: StoreCall, scope: CallScope) =>
      serveLabelValues(source, call.request, options, contextOf(call, scope)),
  };
}

function contextOf(call: StoreCall, scope: CallScope): MakeContext {
  return (warn): CallContext => {
    const seen = new Set<string>();
    return {
      cancel: scope.cancel,
      budget: scope.budget,
      tenant: call.tenant,
      warn: (text) => {
        if (seen.has(text)) return;
        seen.add(text);
        warn(text);
      },
    };
  };
}
