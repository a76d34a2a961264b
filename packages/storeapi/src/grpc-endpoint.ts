import type { Logger, MetricsRegistry } from '@tsanos/bytes';
import { HealthService, reflectionServices, RpcServer, type ServerTls, type ServiceDefinition } from '@tsanos/rpc';
import { fileDescriptors } from './proto/schema.ts';

export interface GrpcEndpointOptions {
  /** `--grpc-address`. */
  readonly address: string;
  readonly tls: ServerTls | undefined;
  readonly maxConnectionAgeMs: number;
  readonly maxConnectionAgeGraceMs: number;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
}

/** The gRPC listener of a component: its services, health and reflection. Health says SERVING from `listen` until `shutdown`. */
export class GrpcEndpoint {
  readonly #options: GrpcEndpointOptions;
  readonly #server: RpcServer;
  readonly #health = new HealthService();
  #port = 0;

  constructor(options: GrpcEndpointOptions, services: readonly ServiceDefinition[]) {
    this.#options = options;
    this.#server = new RpcServer({
      tls: options.tls,
      maxConnectionAgeMs: options.maxConnectionAgeMs,
      maxConnectionAgeGraceMs: options.maxConnectionAgeGraceMs,
      logger: options.log,
      metrics: options.metrics,
    });
    for (const service of [...services, this.#health.definition]) this.#server.register(service);
    for (const service of reflectionServices(() => this.#server.services, fileDescriptors))
      this.#server.register(service);
  }

  /** 0 before `listen`. */
  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    const { host, port } = await this.#server.listen(this.#options.address);
    this.#port = port;
    this.#health.set('', 'SERVING');
    this.#options.log.info('listening for serving gRPC', {
      component: 'gRPC',
      address: `${host}:${port}`,
      tls: this.#options.tls !== undefined,
    });
  }

  /** New certificates for connections to come. */
  setTls(tls: ServerTls): void {
    this.#server.setTls(tls);
  }

  /** Says NOT_SERVING, lets open calls end until `signal` fires. */
  async shutdown(signal: AbortSignal): Promise<void> {
    this.#health.set('', 'NOT_SERVING');
    await this.#server.shutdown(signal);
  }
}
