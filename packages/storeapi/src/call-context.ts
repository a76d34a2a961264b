import { RpcError, Status, type ServerCall } from '@tsanos/rpc';
import type { Budget, CallContext, Cancellation } from '@tsanos/series';

/** gRPC metadata that names the tenant, whatever the HTTP header is called. */
export const TENANT_METADATA = 'thanos-tenant';
export const DEFAULT_TENANT = 'default-tenant';

/** A budget without a limit. */
export const unlimitedBudget: Budget = { takeBytes: () => {}, giveBytes: () => {} };

/** Cancellation by an AbortSignal of the same thread. */
export function cancellationOf(signal: AbortSignal): Cancellation {
  return {
    signal,
    get cancelled() {
      return signal.aborted;
    },
    throwIfCancelled() {
      if (!signal.aborted) return;
      throw signal.reason instanceof RpcError
        ? signal.reason
        : new RpcError(Status.CANCELLED, 'context canceled', { cause: signal.reason });
    },
  };
}

/** The context of a gRPC call that is served on this thread; `warn` gets each warning once. */
export function serverCallContext(call: ServerCall, budget: Budget, warn: (text: string) => void): CallContext {
  const seen = new Set<string>();
  const tenant = call.metadata[TENANT_METADATA];
  return {
    cancel: cancellationOf(call.signal),
    budget,
    tenant: tenant === undefined || tenant === '' ? DEFAULT_TENANT : tenant,
    warn(text) {
      if (seen.has(text)) return;
      seen.add(text);
      warn(text);
    },
  };
}
