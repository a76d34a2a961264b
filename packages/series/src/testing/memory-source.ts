import { TsanosError } from '@tsanos/bytes';
import { Labels, compareLabels, compareUtf8, encodeLabels, type Matcher } from '@tsanos/model';
import { ShardFilter } from '../merge/shard.ts';
import type { SeriesBatch } from '../series-batch.ts';
import type { CallContext, LabelsRequest, SeriesRequest, SeriesSource } from '../series-source.ts';
import { seriesBatchOf, type TestSeries } from './batches.ts';

/** How a `MemorySource` behaves. */
export interface MemorySourceOptions {
  externalLabels?: Labels;
  /** Series in a batch. */
  batchSize?: number;
  /** Breaks every call after this many batches (0 = at once): under `warn` with a warning, else with an error. */
  failAfter?: number;
}

/** A series source over series in memory, for tests of whatever consumes one. */
export class MemorySource implements SeriesSource {
  /** Batches made so far. */
  reads = 0;
  /** Iterations that have not ended. */
  open = 0;
  readonly #series: readonly TestSeries[];
  readonly #external: Labels;
  readonly #batchSize: number;
  readonly #failAfter: number;

  constructor(series: readonly TestSeries[], options: MemorySourceOptions = {}) {
    this.#series = series;
    this.#external = options.externalLabels ?? Labels.EMPTY;
    this.#batchSize = options.batchSize ?? 64;
    this.#failAfter = options.failAfter ?? Number.POSITIVE_INFINITY;
  }

  async *series(request: SeriesRequest, ctx: CallContext): AsyncIterable<SeriesBatch> {
    this.open++;
    try {
      let found = this.#find(request, request.withoutReplicaLabels);
      const shard = new ShardFilter(request.shard);
      found = found.filter(({ labels }) => {
        const bytes = encodeLabels(labels);
        return shard.keeps(bytes, 0, bytes.length);
      });
      found.sort((a, b) => compareLabels(a.labels, b.labels));
      if (request.limit > 0) found.length = Math.min(found.length, request.limit);
      for (let i = 0, batches = 0; i < found.length || batches === this.#failAfter; i += this.#batchSize, batches++) {
        ctx.cancel.throwIfCancelled();
        if (batches === this.#failAfter) {
          this.#fail(request.partialResponse, ctx);
          return;
        }
        this.reads++;
        const part = found.slice(i, i + this.#batchSize);
        yield seriesBatchOf(
          ...part.map((series) => ({
            labels: series.labels,
            chunks: request.skipChunks ? [] : chunksIn(series, request),
          })),
        );
        await Promise.resolve();
      }
      ctx.cancel.throwIfCancelled();
    } finally {
      this.open--;
    }
  }

  labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    return this.#strings(request, ctx, (labels) => Array.from(labels, ([name]) => name));
  }

  labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    return this.#strings(request, ctx, (labels) => (labels.has(name) ? [labels.get(name)] : []));
  }

  async #strings(request: LabelsRequest, ctx: CallContext, of: (labels: Labels) => string[]): Promise<string[]> {
    ctx.cancel.throwIfCancelled();
    if (this.#failAfter === 0) this.#fail(request.partialResponse, ctx);
    const set = new Set<string>();
    for (const { labels } of this.#find(request, request.withoutReplicaLabels))
      for (const text of of(labels)) set.add(text);
    const list = [...set].sort(compareUtf8);
    return request.limit > 0 ? list.slice(0, request.limit) : list;
  }

  /** Matching series that overlap the range, with final labels. Matchers see replica labels, too. */
  #find(request: { mint: number; maxt: number; matchers: readonly Matcher[] }, drop: readonly string[]): TestSeries[] {
    const found: TestSeries[] = [];
    for (const series of this.#series) {
      const labels = Labels.from([...series.labels, ...this.#external]);
      if (!request.matchers.every((m) => m.matches(labels.get(m.name)))) continue;
      if (chunksIn(series, request).length === 0) continue;
      found.push({
        labels: Labels.fromSorted([...labels].filter(([name]) => !drop.includes(name))),
        chunks: series.chunks,
      });
    }
    return found;
  }

  #fail(strategy: 'warn' | 'abort', ctx: CallContext): void {
    if (strategy === 'abort')
      throw new TsanosError('retryable', 'source-broken', 'read from memory: the source was told to break');
    ctx.warn('read from memory: the source was told to break');
  }
}

function chunksIn(series: TestSeries, range: { mint: number; maxt: number }): TestSeries['chunks'] {
  return series.chunks.filter((chunk) => chunk.mint <= range.maxt && chunk.maxt >= range.mint);
}
