import type { Logger } from '@tsanos/bytes';
import type { PeerInfo } from '@tsanos/storeapi';
import type { ResolvedEndpoint } from './spec.ts';

/** Asks an endpoint for its Info. */
export type FetchInfo = (endpoint: ResolvedEndpoint, signal: AbortSignal) => Promise<PeerInfo>;

/** The state of one endpoint, as the stores API and the metrics show it. */
export interface EndpointStatus {
  readonly endpoint: ResolvedEndpoint;
  /** Last good Info; undefined before the first. */
  readonly info: PeerInfo | undefined;
  readonly lastCheckMs: number;
  readonly lastError: string | undefined;
}

interface Entry {
  endpoint: ResolvedEndpoint;
  info: PeerInfo | undefined;
  lastCheckMs: number;
  lastOkMs: number;
  lastError: string | undefined;
}

export interface EndpointSetOptions {
  /** The endpoints configured at this moment, look-ups done. */
  readonly resolve: () => Promise<readonly ResolvedEndpoint[]>;
  readonly fetchInfo: FetchInfo;
  readonly infoTimeoutMs: number;
  /** A non-strict endpoint whose Info fails for this long is forgotten. */
  readonly unhealthyTimeoutMs: number;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * The querier's view of its endpoints: each `update()` looks them up, asks all for Info at once and keeps what they said.
 *
 * Rules (Thanos' endpoint set): an endpoint is queryable when its last Info succeeded or when it is strict; a new non-strict one
 * whose first Info fails is dropped until the next tick; a known one keeps its metadata but is not queried, and is removed
 * after the unhealthy timeout.
 */
export class EndpointSet {
  readonly #options: EndpointSetOptions;
  readonly #entries = new Map<string, Entry>();
  #version = 0;
  #updates = 0;

  constructor(options: EndpointSetOptions) {
    this.#options = options;
  }

  /** Grows with each update that changed what may be queried. */
  get version(): number {
    return this.#version;
  }

  /** How many updates have ended; 0 = nothing is known yet. */
  get updates(): number {
    return this.#updates;
  }

  /** All endpoints known, by address. */
  statuses(): EndpointStatus[] {
    return [...this.#entries.values()].sort((a, b) => (a.endpoint.address < b.endpoint.address ? -1 : 1));
  }

  /** Endpoints that calls may go to now. */
  queryable(): EndpointStatus[] {
    return this.statuses().filter((s) => s.endpoint.strict || (s.info !== undefined && s.lastError === undefined));
  }

  /** One tick. Never throws; what failed is in the statuses. */
  async update(signal: AbortSignal): Promise<void> {
    const before = this.#fingerprint();
    const endpoints = await this.#options.resolve();
    const wanted = new Set(endpoints.map((e) => e.address));
    await Promise.all(endpoints.map((endpoint) => this.#check(endpoint, signal)));
    for (const [address, entry] of this.#entries) this.#forgetIfGone(address, entry, wanted.has(address));
    this.#updates++;
    if (this.#fingerprint() !== before) this.#version++;
  }

  async #check(endpoint: ResolvedEndpoint, signal: AbortSignal): Promise<void> {
    const { fetchInfo, infoTimeoutMs, logger, now } = this.#options;
    const known = this.#entries.get(endpoint.address);
    try {
      const info = await fetchInfo(endpoint, AbortSignal.any([signal, AbortSignal.timeout(infoTimeoutMs)]));
      if (known === undefined || known.info === undefined) {
        logger.info('adding new endpoint', { address: endpoint.address, component: info.componentType });
      }
      this.#entries.set(endpoint.address, {
        endpoint,
        info,
        lastCheckMs: now(),
        lastOkMs: now(),
        lastError: undefined,
      });
    } catch (error) {
      if (signal.aborted) return;
      const text = error instanceof Error ? error.message : String(error);
      logger.warn('update of endpoint failed', { address: endpoint.address, err: text });
      if (known !== undefined) {
        known.endpoint = endpoint;
        known.lastError = text;
        known.lastCheckMs = now();
      } else if (endpoint.strict) {
        this.#entries.set(endpoint.address, {
          endpoint,
          info: undefined,
          lastCheckMs: now(),
          lastOkMs: now(),
          lastError: text,
        });
      }
    }
  }

  #forgetIfGone(address: string, entry: Entry, wanted: boolean): void {
    const { unhealthyTimeoutMs, logger, now } = this.#options;
    const unhealthy = entry.lastError !== undefined && now() - entry.lastOkMs >= unhealthyTimeoutMs;
    if (wanted && (entry.endpoint.strict || !unhealthy)) return;
    this.#entries.delete(address);
    logger.info('removing endpoint', { address, reason: wanted ? 'unhealthy for too long' : 'no longer configured' });
  }

  #fingerprint(): string {
    return JSON.stringify(
      this.statuses().map((s) => [s.endpoint, s.lastError === undefined, s.info]),
      (_key, value: unknown) => value,
    );
  }
}
