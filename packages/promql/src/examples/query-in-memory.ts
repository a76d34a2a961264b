// A whole program: an own storage of a few series, a query over it, the answer as Prometheus prints it.
import { encodeLabels, formatFloat, Labels, type Matcher } from '@tsanos/model';
import { Engine, type Queryable } from '@tsanos/promql';
import {
  encodeXor,
  Encoding,
  Aggr,
  RawReader,
  SeriesBatchBuilder,
  type CallContext,
  type SeriesBatch,
} from '@tsanos/series';

interface StoredSeries {
  readonly labels: Labels;
  /** ms, ascending. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** The least an engine needs: series in label order that pass the matchers, their samples as chunks. */
function memoryQueryable(series: readonly StoredSeries[]): Queryable {
  async function* select(matchers: readonly Matcher[]): AsyncIterable<SeriesBatch> {
    const batch = new SeriesBatchBuilder();
    for (const { labels, times, values } of series) {
      if (!matchers.every((matcher) => matcher.matches(labels.get(matcher.name)))) continue;
      const bytes = encodeLabels(labels);
      batch.series(bytes, 0, bytes.length);
      const chunk = encodeXor(times, new Int32Array(values.buffer), 0, times.length);
      batch.chunk(chunk, 0, chunk.length, times[0], times[times.length - 1], Encoding.XOR, Aggr.RAW);
    }
    if (batch.count > 0) yield await Promise.resolve(batch.finish());
  }
  return { select: ({ matchers }) => ({ batches: select(matchers), reader: new RawReader() }) };
}

/** What travels with a query: who may cancel it, what memory it may hold, where warnings go. */
function callContext(warn: (text: string) => void): CallContext {
  const { signal } = new AbortController();
  return {
    cancel: { signal, cancelled: false, throwIfCancelled: () => signal.throwIfAborted() },
    budget: { takeBytes: () => {}, giveBytes: () => {} },
    tenant: 'default-tenant',
    warn,
  };
}

/** Requests per second of two instances over the last five minutes. */
export async function requestsPerSecond(): Promise<string> {
  const times = Float64Array.from({ length: 41 }, (_, i) => i * 15_000);
  const counter = (perSample: number): Float64Array => Float64Array.from(times, (_, i) => i * perSample);
  const series = [
    { labels: Labels.from({ __name__: 'http_requests_total', instance: 'a' }), times, values: counter(30) },
    { labels: Labels.from({ __name__: 'http_requests_total', instance: 'b' }), times, values: counter(60) },
  ];
  const engine = new Engine();
  const query = 'sum(rate(http_requests_total[5m]))';
  const warnings: string[] = [];
  const ctx = callContext((text) => warnings.push(text));
  const { value } = await engine.instant({ queryable: memoryQueryable(series), query, timeMs: 600_000 }, ctx);
  if (warnings.length > 0) throw new Error(`storage warned: ${warnings.join('; ')}`);
  if (value.type !== 'vector') throw new Error(`a vector was expected, not a ${value.type}`);
  return formatFloat(value.elements[0].value);
}
