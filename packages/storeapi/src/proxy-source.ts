import { silentMetrics, type CounterCell, type MetricsRegistry } from '@tsanos/bytes';
import { Labels, type Matcher } from '@tsanos/model';
import { errorText, RpcError, Status } from '@tsanos/rpc';
import {
  limitSeries,
  mergeSeries,
  orderedStrings,
  type CallContext,
  type LabelsRequest,
  type SeriesBatch,
  type SeriesRequest,
  type SeriesSource,
} from '@tsanos/series';
import { childStream } from './proxy-child.ts';
import { endpointText, type ProxyEndpoint } from './proxy-endpoint.ts';
import { labelSetsMatch, restrictingMatchers } from './proxy-select.ts';

export interface ProxyOptions {
  /** The children that may be asked; called once a request. */
  readonly endpoints: () => readonly ProxyEndpoint[];
  /** Labels of the proxy itself: matchers on them are answered here. */
  readonly selectorLabels?: Labels | undefined;
  /** Takes `thanos_proxy_store_empty_stream_responses_total`. */
  readonly metrics?: MetricsRegistry | undefined;
  /** Children must match one of these lists by `__address__` (`storeMatch[]`); undefined = all. */
  readonly storeMatch?: readonly (readonly Matcher[])[] | undefined;
}

interface Ask {
  readonly endpoints: readonly ProxyEndpoint[];
  readonly matchers: readonly Matcher[];
}

/**
 * The StoreAPI of many children as one: asks those whose labels and times fit, at once, and merges their streams lazily in order of
 * labels. What a child fails with is a warning that names it under `warn`, and ends the call under `abort`, in Thanos' words.
 */
export class ProxySource implements SeriesSource {
  readonly #options: ProxyOptions;
  readonly #empty: CounterCell;
  /** Children found not to keep order; their streams are sorted from then on. */
  readonly #unsorted = new Set<string>();

  constructor(options: ProxyOptions) {
    this.#options = options;
    const registry = options.metrics ?? silentMetrics;
    this.#empty = registry
      .counter('thanos_proxy_store_empty_stream_responses_total', 'Total number of empty responses received.')
      .labels();
  }

  /** The same children, of which a request asks only those that match (`storeMatch[]`). */
  withStoreMatch(storeMatch: readonly (readonly Matcher[])[]): ProxySource {
    return storeMatch.length === 0 ? this : new ProxySource({ ...this.#options, storeMatch });
  }

  async *series(request: SeriesRequest, ctx: CallContext): AsyncGenerator<SeriesBatch> {
    ctx.cancel.throwIfCancelled();
    const ask = this.#ask(request);
    if (ask === undefined) return;
    if (ask.matchers.length === 0)
      throw new RpcError(Status.INVALID_ARGUMENT, 'no matchers specified (excluding selector labels)');
    if (this.#options.endpoints().length === 0) {
      if (request.partialResponse === 'abort') throw new RpcError(Status.UNKNOWN, 'No StoreAPIs available');
      return;
    }
    let began = false;
    try {
      for await (const batch of this.#merged(ask, request, ctx)) {
        began = true;
        yield batch;
      }
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'unsorted-stream') throw error;
      for (const { address } of ask.endpoints) this.#unsorted.add(address);
      // Asked again the streams are sorted, unless some of the wrong order has left already.
      if (began) throw error;
    }
    yield* this.#merged(ask, request, ctx);
  }

  #merged(ask: Ask, request: SeriesRequest, ctx: CallContext): AsyncGenerator<SeriesBatch> {
    const streams = ask.endpoints.map((endpoint) =>
      childStream(
        endpoint,
        { ...request, matchers: [...ask.matchers, ...restrictingMatchers(endpoint)] },
        ctx,
        this.#unsorted.has(endpoint.address),
        this.#empty,
      ),
    );
    return limitSeries(mergeSeries(streams, ctx), request.limit);
  }

  labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    // The limit is for the union, so no child may cut its part by it.
    return this.#strings('label names', request, ctx, (source, own) => source.labelNames({ ...own, limit: 0 }, ctx));
  }

  labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    return this.#strings('label values', request, ctx, (source, own) => source.labelValues(name, own, ctx));
  }

  async #strings(
    what: string,
    request: LabelsRequest,
    ctx: CallContext,
    call: (source: SeriesSource, request: LabelsRequest) => Promise<string[]>,
  ): Promise<string[]> {
    ctx.cancel.throwIfCancelled();
    const ask = this.#ask(request);
    if (ask === undefined) return [];
    const lists = await Promise.all(
      ask.endpoints.map(async (endpoint) => {
        try {
          return await call(endpoint.source, {
            ...request,
            matchers: [...ask.matchers, ...restrictingMatchers(endpoint)],
          });
        } catch (error) {
          ctx.cancel.throwIfCancelled();
          const text = `fetch ${what} from store ${endpointText(endpoint)}: ${errorText(error)}`;
          if (request.partialResponse === 'abort')
            throw new RpcError(error instanceof RpcError ? error.status : Status.UNKNOWN, text, { cause: error });
          ctx.warn(text);
          return [];
        }
      }),
    );
    return orderedStrings(lists.flat(), request.limit);
  }

  /** Whom to ask and with which matchers; undefined when a matcher on a label of the proxy itself fails. */
  #ask(request: { mint: number; maxt: number; matchers: readonly Matcher[] }): Ask | undefined {
    const own = this.#options.selectorLabels ?? Labels.EMPTY;
    const matchers: Matcher[] = [];
    for (const matcher of request.matchers) {
      const value = own.get(matcher.name);
      if (value === '') matchers.push(matcher);
      else if (!matcher.matches(value)) return undefined;
    }
    const { storeMatch } = this.#options;
    const endpoints = this.#options
      .endpoints()
      .filter(
        (endpoint) =>
          request.mint <= endpoint.maxt &&
          request.maxt >= endpoint.mint &&
          (storeMatch === undefined || addressMatches(endpoint.address, storeMatch)) &&
          labelSetsMatch(endpoint.keptLabelSets ?? endpoint.labelSets, matchers),
      );
    return { endpoints, matchers };
  }
}

function addressMatches(address: string, storeMatch: readonly (readonly Matcher[])[]): boolean {
  if (address === '') return false;
  // As with label sets, a label that a child does not have speaks against nothing.
  return storeMatch.some((matchers) => matchers.every((m) => m.name !== '__address__' || m.matches(address)));
}
