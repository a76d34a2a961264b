import protobuf from 'protobufjs/minimal.js';
import type { MessageSink, ServerCall, ServiceDefinition } from './server-call.ts';
import { RpcError, Status } from './status.ts';

export type ServingStatus = 'UNKNOWN' | 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN';

const NUMBERS: Readonly<Record<ServingStatus, number>> = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 };

/** `grpc.health.v1.Health`: what probes and load balancers ask. Service '' stands for the whole server. */
export class HealthService {
  readonly #statuses = new Map<string, ServingStatus>([['', 'NOT_SERVING']]);
  readonly #watchers = new Set<() => void>();
  readonly definition: ServiceDefinition = {
    name: 'grpc.health.v1.Health',
    methods: {
      Check: { kind: 'unary', handle: (request) => this.#check(request) },
      Watch: { kind: 'server-stream', handle: (request, call, sink) => this.#watch(request, call, sink) },
    },
  };

  /** Tells those who watch. */
  set(service: string, status: ServingStatus): void {
    this.#statuses.set(service, status);
    for (const wake of this.#watchers) wake();
  }

  #check(request: Uint8Array): Uint8Array {
    const status = this.#statuses.get(decodeService(request));
    if (status === undefined) throw new RpcError(Status.NOT_FOUND, 'unknown service');
    return encodeStatus(status);
  }

  async #watch(request: Uint8Array, call: ServerCall, sink: MessageSink): Promise<void> {
    const service = decodeService(request);
    let sent: ServingStatus | undefined;
    let wake: () => void = () => {};
    const notify = (): void => wake();
    this.#watchers.add(notify);
    call.signal.addEventListener('abort', notify, { once: true });
    try {
      while (!call.signal.aborted) {
        const status = this.#statuses.get(service) ?? 'SERVICE_UNKNOWN';
        if (status !== sent) {
          sent = status;
          sink.send(encodeStatus(status));
          sink.flush();
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (call.signal.aborted || (this.#statuses.get(service) ?? 'SERVICE_UNKNOWN') !== sent) resolve();
        });
      }
    } finally {
      this.#watchers.delete(notify);
    }
    throw call.signal.reason as RpcError;
  }
}

function decodeService(request: Uint8Array): string {
  const reader = protobuf.Reader.create(request);
  let service = '';
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 10) service = reader.string();
      else reader.skipType(tag & 7);
    }
  } catch (error) {
    throw new RpcError(Status.INTERNAL, `grpc: error unmarshalling request: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return service;
}

function encodeStatus(status: ServingStatus): Uint8Array {
  return protobuf.Writer.create().uint32(8).int32(NUMBERS[status]).finish();
}
