import type { Logger, MetricsRegistry } from '@tsanos/bytes';
import { parseYamlConfig, type FileOrContent } from '@tsanos/runtime';
import { parseEndpointAddress } from './address.ts';
import { endpointsOfSdConfig, refuseStrictDns, SdFiles, sdConfigSchema } from './config.ts';
import { dnsLookups, EndpointResolver } from './resolver.ts';
import { dedupEndpoints, type ClientConfig, type EndpointSpec, type ResolvedEndpoint } from './spec.ts';

export interface DiscoveryOptions {
  readonly endpoints: readonly string[];
  readonly strict: readonly string[];
  readonly sdFiles: readonly string[];
  readonly sdFilesIntervalMs: number;
  readonly sdConfig: FileOrContent;
  readonly sdConfigIntervalMs: number;
  readonly dnsIntervalMs: number;
  /** Client settings of endpoints given by flags. */
  readonly client: ClientConfig;
}

/** Finds the endpoints of a querier: flags, file SD and sd-config, names looked up; each source is read again at its own interval. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #logger: Logger;
  readonly #resolver: EndpointResolver;
  readonly #files: SdFiles;
  readonly #fixed: readonly EndpointSpec[];
  readonly #duplicates: { inc(by?: number): void };
  #fromFiles: { at: number; specs: readonly EndpointSpec[] } = { at: -Infinity, specs: [] };
  #fromConfig: { at: number; specs: readonly EndpointSpec[] } = { at: -Infinity, specs: [] };
  #resolved: { at: number; of: readonly EndpointSpec[]; endpoints: readonly ResolvedEndpoint[] } | undefined;

  /** Throws for addresses that are wrong. */
  constructor(options: DiscoveryOptions, modules: { log: Logger; metrics: MetricsRegistry }) {
    this.#options = options;
    this.#logger = modules.log;
    this.#files = new SdFiles(options.sdFiles, modules.log);
    // The mixin knows these by an older name; both are shown.
    const names = ['thanos_query_endpoints_dns', 'thanos_query_store_apis_dns'];
    const lookups = names.map((name) =>
      modules.metrics.counter(`${name}_lookups_total`, 'DNS look-ups of endpoints.').labels(),
    );
    const failures = names.map((name) =>
      modules.metrics.counter(`${name}_failures_total`, 'DNS look-ups of endpoints that failed.').labels(),
    );
    this.#resolver = new EndpointResolver(dnsLookups(), (failed) => {
      for (const counter of lookups) counter.inc();
      if (failed) for (const counter of failures) counter.inc();
    });
    this.#duplicates = modules.metrics
      .counter('thanos_query_duplicated_endpoint_addresses_total', 'Endpoints that were given more than once.')
      .labels();
    this.#fixed = [
      ...options.endpoints.map((text) => this.#spec(text, '--endpoint', false)),
      ...options.strict.map((text) => this.#spec(text, '--endpoint-strict', true)),
    ];
    for (const spec of this.#fixed) refuseStrictDns(spec);
  }

  /** Reads `--endpoint.sd-config` once, so that what is wrong with it stops the start. */
  async check(): Promise<void> {
    this.#fromConfig = { at: Date.now(), specs: await this.#readConfig() };
  }

  /** The endpoints now. Never throws: a source that cannot be read keeps what it last gave. */
  async resolve(): Promise<readonly ResolvedEndpoint[]> {
    const now = Date.now();
    const { sdFilesIntervalMs, sdConfigIntervalMs, dnsIntervalMs } = this.#options;
    if (now - this.#fromFiles.at >= sdFilesIntervalMs) {
      const addresses = await this.#files.addresses();
      this.#fromFiles = { at: now, specs: addresses.map((text) => this.#spec(text, '--store.sd-files', false)) };
    }
    if (now - this.#fromConfig.at >= sdConfigIntervalMs) {
      try {
        this.#fromConfig = { at: now, specs: await this.#readConfig() };
      } catch (error) {
        this.#logger.error('reading endpoint.sd-config failed, the last good one stays', { err: error as Error });
        this.#fromConfig = { ...this.#fromConfig, at: now };
      }
    }
    const specs = [...this.#fixed, ...this.#fromFiles.specs, ...this.#fromConfig.specs];
    const known = this.#resolved;
    const unchanged =
      known !== undefined && known.of.length === specs.length && known.of.every((spec, i) => spec === specs[i]);
    if (unchanged && now - known.at < dnsIntervalMs) return known.endpoints;
    const endpoints = await this.#lookUp(specs);
    this.#resolved = { at: now, of: specs, endpoints };
    return endpoints;
  }

  async #lookUp(specs: readonly EndpointSpec[]): Promise<readonly ResolvedEndpoint[]> {
    const errors: string[] = [];
    const lists = await Promise.all(
      specs.map(async (spec): Promise<ResolvedEndpoint[]> => {
        const addresses = await this.#resolver.resolve(spec.address, errors);
        return addresses.map((address) => ({
          address,
          targets: [address],
          strict: spec.strict,
          group: spec.group,
          client: spec.client,
        }));
      }),
    );
    for (const text of errors) this.#logger.error('failed to resolve addresses for endpoints', { err: text });
    const { endpoints, duplicates } = dedupEndpoints(lists.flat());
    this.#duplicates.inc(duplicates);
    return endpoints;
  }

  #spec(text: string, where: string, strict: boolean): EndpointSpec {
    return { address: parseEndpointAddress(text, where), strict, group: false, client: this.#options.client };
  }

  async #readConfig(): Promise<readonly EndpointSpec[]> {
    const { sdConfig, client } = this.#options;
    const text = await sdConfig.read();
    return text === '' ? [] : endpointsOfSdConfig(parseYamlConfig(text, sdConfigSchema, sdConfig.source), client);
  }
}
