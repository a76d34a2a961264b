import { formatGoDuration } from '@tsanos/model';
import { RpcError, Status, type MessageStream, type MessageBlock, type RpcChannel } from '@tsanos/rpc';
import {
  sortSeries,
  type CallContext,
  type LabelsRequest,
  type SeriesBatch,
  type SeriesRequest,
  type SeriesSource,
} from '@tsanos/series';
import { DEFAULT_TENANT, TENANT_METADATA } from './call-context.ts';
import { labelsRequestToWire, labelValuesRequestToWire, seriesRequestToWire } from './convert.ts';
import { codecs } from './proto/codecs.ts';
import { SeriesDecoder } from './series-decoder.ts';

/** Series a message we ask for; peers before Thanos 0.41 send one all the same. */
const RESPONSE_BATCH_SIZE = 64;

export interface RemoteSourceOptions {
  /** Ends a Series call when nothing arrives for this time; 0 = never. */
  readonly responseTimeoutMs?: number | undefined;
  /** How errors name the peer. */
  readonly name?: string | undefined;
  /** The peer is known not to sort: its stream is collected under the budget and sorted. */
  readonly sort?: boolean | undefined;
}

/** The error of a stream in which nothing arrived in time, with Thanos' words. */
export class ResponseTimeoutError extends RpcError {
  readonly timeoutMs: number;

  constructor(timeoutMs: number, name: string) {
    super(Status.ABORTED, `failed to receive any data in ${formatGoDuration(timeoutMs)} from ${name}`);
    this.timeoutMs = timeoutMs;
  }
}

/** A warning of the peer where the request wants none. */
export class PeerWarningError extends RpcError {
  constructor(text: string) {
    super(Status.ABORTED, text);
  }
}

/** The StoreAPI of another process as a series source. Errors are RpcErrors as the peer gave them. */
export class RemoteSource implements SeriesSource {
  readonly #channel: RpcChannel;
  readonly #options: RemoteSourceOptions;

  constructor(channel: RpcChannel, options: RemoteSourceOptions = {}) {
    this.#channel = channel;
    this.#options = options;
  }

  series(request: SeriesRequest, ctx: CallContext): AsyncIterable<SeriesBatch> {
    const stream = this.#series(request, ctx);
    return this.#options.sort === true ? sortSeries(stream, ctx) : stream;
  }

  async labelNames(request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const answer = codecs.labelNamesResponse.decode(
      await this.#unary('LabelNames', codecs.labelNamesRequest.encode(labelsRequestToWire(request)), ctx),
    );
    for (const warning of answer.warnings) ctx.warn(warning);
    return answer.names;
  }

  async labelValues(name: string, request: LabelsRequest, ctx: CallContext): Promise<string[]> {
    const answer = codecs.labelValuesResponse.decode(
      await this.#unary('LabelValues', codecs.labelValuesRequest.encode(labelValuesRequestToWire(name, request)), ctx),
    );
    for (const warning of answer.warnings) ctx.warn(warning);
    return answer.values;
  }

  #unary(method: string, request: Uint8Array, ctx: CallContext): Promise<Uint8Array> {
    ctx.cancel.throwIfCancelled();
    return this.#channel.unary(`/thanos.Store/${method}`, request, {
      signal: ctx.cancel.signal,
      metadata: metadataOf(ctx),
    });
  }

  async *#series(request: SeriesRequest, ctx: CallContext): AsyncGenerator<SeriesBatch> {
    ctx.cancel.throwIfCancelled();
    const ready: SeriesBatch[] = [];
    const decoder = new SeriesDecoder({
      batch: (batch) => ready.push(batch),
      warning: (text) => {
        if (request.partialResponse === 'abort') throw new PeerWarningError(text);
        ctx.warn(text);
      },
      hints: () => {},
    });
    const message = codecs.seriesRequest.encode(seriesRequestToWire(request, RESPONSE_BATCH_SIZE));
    const stream = this.#channel.stream('/thanos.Store/Series', message, {
      signal: ctx.cancel.signal,
      metadata: metadataOf(ctx),
    });
    // What was received counts while its batches are with the caller, who asks for more when he is done with them.
    let held = 0;
    try {
      for (let blocks = await this.#read(stream); blocks !== undefined; blocks = await this.#read(stream)) {
        ctx.budget.giveBytes(held);
        held = 0;
        const bytes = blocksBytes(blocks);
        ctx.budget.takeBytes(bytes);
        held = bytes;
        decodeBlocks(decoder, blocks);
        decoder.finish();
        for (let batch = ready.shift(); batch !== undefined; batch = ready.shift()) {
          yield batch;
          ctx.cancel.throwIfCancelled();
        }
      }
    } finally {
      stream.cancel();
      ctx.budget.giveBytes(held);
    }
  }

  async #read(stream: MessageStream): Promise<MessageBlock[] | undefined> {
    const timeoutMs = this.#options.responseTimeoutMs ?? 0;
    if (timeoutMs <= 0) return stream.read();
    const timer = setTimeout(
      () => stream.cancel(new ResponseTimeoutError(timeoutMs, this.#options.name ?? this.#channel.target)),
      timeoutMs,
    );
    try {
      return await stream.read();
    } finally {
      clearTimeout(timer);
    }
  }
}

function blocksBytes(blocks: readonly MessageBlock[]): number {
  let bytes = 0;
  for (const { ranges } of blocks) for (let i = 0; i < ranges.length; i += 2) bytes += ranges[i + 1];
  return bytes;
}

function decodeBlocks(decoder: SeriesDecoder, blocks: readonly MessageBlock[]): void {
  for (const block of blocks) {
    const { ranges, buffer } = block;
    for (let i = 0; i < ranges.length; i += 2) decoder.message(buffer, ranges[i], ranges[i + 1]);
  }
}

function metadataOf(ctx: CallContext): Record<string, string> | undefined {
  return ctx.tenant === DEFAULT_TENANT ? undefined : { [TENANT_METADATA]: ctx.tenant };
}
