import { ByteWriter, TsanosError } from '@tsanos/bytes';
import { compareLabels, compareUtf8, encodeLabels, Labels, type Matcher } from '@tsanos/model';
import { RpcError, Status } from '@tsanos/rpc';
import {
  LabelRewriter,
  SeriesBatchBuilder,
  innerMatchers,
  limitSeries,
  shardSeries,
  sortSeries,
  type CallContext,
  type LabelsRequest,
  type SeriesBatch,
  type SeriesRequest,
  type SeriesSource,
} from '@tsanos/series';
import { decodeChunkedRead, decodeSampledRead, encodeReadRequest } from '@tsanos/storeapi';
import { callApi, readBody, statusError } from './prometheus/api.ts';
import type { PrometheusHttp } from './prometheus/http-client.ts';

/** What changes while the sidecar runs. */
export interface PrometheusState {
  readonly externalLabels: Labels;
  /** Oldest time it answers for, ms. */
  readonly mint: number;
  /** Whether label calls take `match[]` (Prometheus 2.24 and later). */
  readonly labelMatchers: boolean;
}

/** Seconds beyond these are no date to Prometheus. */
const MAX_SECONDS = 9_223_309_901_257;
const READ_HEADERS = {
  'content-encoding': 'snappy',
  'content-type': 'application/x-stream-protobuf',
  'x-prometheus-remote-read-version': '0.1.0',
};
/** Largest compressed answer in the samples form; Prometheus stops at 50 million samples. */
const MAX_SAMPLED_BYTES = 2 ** 30;
/** What Prometheus says of a limit that we asked for. */
const TRUNCATED = 'results truncated due to limit';
/** Series of a batch of labels. */
const BATCH_SERIES = 4096;

/** One Prometheus as a source of series: chunks over remote read, labels over its HTTP API. */
export class PrometheusSource implements SeriesSource {
  readonly #http: PrometheusHttp;
  readonly #state: () => PrometheusState;

  constructor(http: PrometheusHttp, state: () => PrometheusState) {
    this.#http = http;
    this.#state = state;
  }

  async *series(request: SeriesRequest, ctx: CallContext): AsyncIterable<SeriesBatch> {
    const { externalLabels, mint } = this.#state();
    const matchers = innerMatchers(request.matchers, externalLabels);
    if (matchers === undefined || request.maxt < mint) return;
    if (matchers.length === 0)
      throw new RpcError(Status.INVALID_ARGUMENT, 'no matchers specified (excluding external labels)');
    const bounded = { ...request, mint: Math.max(request.mint, mint) };
    const found = request.skipChunks ? this.#labelsOnly(bounded, matchers, ctx) : this.#read(bounded, matchers, ctx);
    const rewriter = new LabelRewriter({ drop: request.withoutReplicaLabels, external: externalLabels });
    // External labels change the order: the whole answer is put in order before any of it leaves.
    const final = rewriter.isIdentity ? found : sortSeries(relabelled(found, rewriter), ctx);
    yield* limitSeries(shardSeries(final, request.shard), request.limit);
  }

  async labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const { externalLabels, labelMatchers } = this.#state();
    const matchers = innerMatchers(request.matchers, externalLabels);
    if (matchers === undefined) return [];
    const names = new Set<string>();
    if (matchers.length === 0 || labelMatchers) {
      for (const name of await this.#strings('/api/v1/labels', request, matchers, ctx)) names.add(name);
    } else {
      for (const labels of await this.#seriesLabels(request, matchers, ctx))
        for (const [name] of labels) names.add(name);
    }
    if (names.size > 0) for (const [name] of externalLabels) names.add(name);
    for (const name of request.withoutReplicaLabels) names.delete(name);
    return cut([...names].sort(compareUtf8), request.limit);
  }

  async labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const { externalLabels, labelMatchers } = this.#state();
    const matchers = innerMatchers(request.matchers, externalLabels);
    if (matchers === undefined || request.withoutReplicaLabels.includes(name)) return [];
    const own = externalLabels.get(name);
    if (own !== '') {
      if (matchers.length === 0) return [own];
      return (await this.#seriesLabels({ ...request, limit: 1 }, matchers, ctx)).length > 0 ? [own] : [];
    }
    if (matchers.length === 0 || labelMatchers) {
      const values = await this.#strings(
        `/api/v1/label/${encodeURIComponent(escapeName(name))}/values`,
        request,
        matchers,
        ctx,
      );
      return cut(values.sort(compareUtf8), request.limit);
    }
    const values = new Set(
      (await this.#seriesLabels(request, matchers, ctx)).map((labels) => labels.get(name)).filter((v) => v !== ''),
    );
    return cut([...values].sort(compareUtf8), request.limit);
  }

  /** Remote read: streamed chunks where the server has them, else samples made into chunks. */
  async *#read(request: SeriesRequest, matchers: readonly Matcher[], ctx: CallContext): AsyncIterable<SeriesBatch> {
    const call = {
      method: 'POST',
      path: '/api/v1/read',
      headers: READ_HEADERS,
      body: encodeReadRequest({ mint: request.mint, maxt: request.maxt, matchers }),
      signal: ctx.cancel.signal,
    } as const;
    const response = await this.#http.request(call).catch((error: unknown) => {
      throw unreachableAs(Status.UNKNOWN, error);
    });
    if (response.status < 200 || response.status > 299) {
      throw await statusError('/api/v1/read', response);
    }
    const type = String(response.headers['content-type'] ?? '');
    if (type.startsWith('application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse')) {
      yield* decodeChunkedRead(response.body as AsyncIterable<Uint8Array>);
    } else if (type.startsWith('application/x-protobuf')) {
      const { batch, droppedHistograms } = decodeSampledRead(
        await readBody(response, '/api/v1/read', MAX_SAMPLED_BYTES),
      );
      if (droppedHistograms > 0) {
        ctx.warn(
          `${droppedHistograms} native histogram samples are left out: this Prometheus does not stream chunks over remote read`,
        );
      }
      yield batch;
    } else {
      response.body.destroy();
      throw new TsanosError('internal', 'remote-read-type', `not supported remote read content type: ${type}`);
    }
  }

  async *#labelsOnly(
    request: SeriesRequest,
    matchers: readonly Matcher[],
    ctx: CallContext,
  ): AsyncIterable<SeriesBatch> {
    const all = await this.#seriesLabels(request, matchers, ctx);
    all.sort(compareLabels);
    for (let from = 0; from < all.length; from += BATCH_SERIES) yield labelBatch(all.slice(from, from + BATCH_SERIES));
  }

  async #seriesLabels(
    request: Pick<LabelsRequest, 'mint' | 'maxt' | 'limit'>,
    matchers: readonly Matcher[],
    ctx: CallContext,
  ): Promise<Labels[]> {
    const data = await this.#api('/api/v1/series', request, matchers, ctx);
    return ((data ?? []) as Record<string, string>[]).map((labels) => Labels.from(labels));
  }

  async #strings(
    path: string,
    request: LabelsRequest,
    matchers: readonly Matcher[],
    ctx: CallContext,
  ): Promise<string[]> {
    return ((await this.#api(path, request, matchers, ctx)) ?? []) as string[];
  }

  async #api(
    path: string,
    request: Pick<LabelsRequest, 'mint' | 'maxt' | 'limit'>,
    matchers: readonly Matcher[],
    ctx: CallContext,
  ): Promise<unknown> {
    const call = { method: 'GET', path, query: parameters(request, matchers), signal: ctx.cancel.signal } as const;
    const { data, warnings } = await callApi(this.#http, call).catch((error: unknown) => {
      throw unreachableAs(Status.INTERNAL, error);
    });
    for (const warning of warnings) if (warning !== TRUNCATED) ctx.warn(warning);
    return data;
  }
}

/** A Prometheus that is gone has a status of its own for each kind of call (thanos-wire §10). */
function unreachableAs(status: number, error: unknown): unknown {
  return error instanceof TsanosError && error.code === 'prometheus-unreachable'
    ? new RpcError(status, error.message, { cause: error })
    : error;
}

function parameters(
  request: Pick<LabelsRequest, 'mint' | 'maxt' | 'limit'>,
  matchers: readonly Matcher[],
): [string, string][] {
  const seconds = (ms: number): string => String(Math.min(MAX_SECONDS, Math.max(-MAX_SECONDS, ms / 1000)));
  const out: [string, string][] = [
    ['start', seconds(request.mint)],
    ['end', seconds(request.maxt)],
  ];
  if (matchers.length > 0) out.push(['match[]', `{${matchers.map(String).join(',')}}`]);
  if (request.limit > 0) out.push(['limit', String(request.limit)]);
  return out;
}

/** A name that is more than letters, digits and underscores goes into a path in its escaped form. */
function escapeName(name: string): string {
  if (/^[a-zA-Z_]\w*$/.test(name)) return name;
  let out = 'U__';
  for (const char of name) {
    if (char === '_') out += '__';
    else if (/[a-zA-Z0-9]/.test(char)) out += char;
    else out += `_${char.codePointAt(0)!.toString(16)}_`;
  }
  return out;
}

function labelBatch(sets: readonly Labels[]): SeriesBatch {
  const arena = new ByteWriter(sets.length * 128);
  const offsets = sets.map((labels) => {
    const offset = arena.length;
    arena.bytes(encodeLabels(labels));
    return offset;
  });
  const bytes = arena.finish();
  const builder = new SeriesBatchBuilder();
  offsets.forEach((offset, i) => builder.series(bytes, offset, (offsets[i + 1] ?? bytes.length) - offset));
  return builder.finish();
}

async function* relabelled(batches: AsyncIterable<SeriesBatch>, rewriter: LabelRewriter): AsyncIterable<SeriesBatch> {
  for await (const batch of batches) yield rewriter.rewriteBatch(batch);
}

function cut(values: string[], limit: number): string[] {
  return limit > 0 ? values.slice(0, limit) : values;
}
