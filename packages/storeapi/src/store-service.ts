import { TsanosError } from '@tsanos/bytes';
import { RpcError, Status, type MessageSink, type ServerCall, type ServiceDefinition } from '@tsanos/rpc';
import type { Budget, LabelsRequest, SeriesRequest, SeriesSource } from '@tsanos/series';
import { serverCallContext, unlimitedBudget } from './call-context.ts';
import { labelsRequestFromWire, seriesRequestFromWire } from './convert.ts';
import { decodeRequest } from './decode-request.ts';
import { REQUEST_LIMIT_CODE } from './limit-source.ts';
import { codecs } from './proto/codecs.ts';
import type { WireAny, WireSeriesRequest } from './proto/messages.ts';
import { SeriesFrameWriter } from './series-frame-writer.ts';
import { TimeSlice } from './time-slice.ts';

/** Series written before the sink is asked whether its reader keeps up. */
const SLICE_SERIES = 256;

/** Hints of a request, for stores that know them (`hintspb`); the others ignore them. */
export interface StoreCallHints {
  readonly any: WireAny;
}

/** A source that looks at request hints; what it returns is asked in place of it for that call. */
export interface HintedSource {
  /** @throws RpcError of InvalidArgument for hints it does not understand */
  withHints(kind: 'series' | 'label-names' | 'label-values', hints: StoreCallHints): { source: SeriesSource; responseHints?: () => WireAny | undefined };
}

export interface StoreServiceOptions {
  /** Memory of a call; a new one for each call when a function. */
  readonly budget?: Budget | (() => Budget) | undefined;
  /** What a selector has to hold beyond external labels; default: any request without matchers is refused. */
  readonly noMatchers?: 'external' | 'selector' | 'allow' | undefined;
  /** Status of a call that passes a limit of `limitSource`: ResourceExhausted by default; Thanos' proxies and sidecars have Unknown. */
  readonly limitStatus?: number | undefined;
  /** How hints are understood; default: they are ignored. */
  readonly hinted?: HintedSource | undefined;
}

/** `thanos.Store` over a series source, for handlers that run on the thread of the server. */
export function storeService(source: SeriesSource, options: StoreServiceOptions = {}): ServiceDefinition {
  const budgetOf = (): Budget => {
    const { budget } = options;
    return typeof budget === 'function' ? budget() : (budget ?? unlimitedBudget);
  };
  return {
    name: 'thanos.Store',
    methods: {
      Series: {
        kind: 'server-stream',
        handle: (bytes, call, sink) => serveSeries(source, options, bytes, call, sink, budgetOf()).catch((error: unknown) => Promise.reject(limitError(error, options))),
      },
      LabelNames: { kind: 'unary', handle: (bytes, call) => serveLabelNames(source, options, bytes, call, budgetOf()) },
      LabelValues: { kind: 'unary', handle: (bytes, call) => serveLabelValues(source, options, bytes, call, budgetOf()) },
    },
  };
}

/** Checks what Thanos checks before it asks its data. */
export function checkMatchers(request: SeriesRequest, options: StoreServiceOptions): void {
  if (request.matchers.length > 0 || options.noMatchers === 'allow') return;
  throw new RpcError(Status.INVALID_ARGUMENT, `no matchers specified (excluding ${options.noMatchers === 'selector' ? 'selector' : 'external'} labels)`);
}

/** The error of a passed limit as Thanos words it; any other is itself. */
function limitError(error: unknown, options: StoreServiceOptions): unknown {
  if (!(error instanceof TsanosError) || error.code !== REQUEST_LIMIT_CODE) return error;
  return new RpcError(options.limitStatus ?? Status.RESOURCE_EXHAUSTED, `send series response: ${error.message}`, { cause: error });
}

async function serveSeries(source: SeriesSource, options: StoreServiceOptions, bytes: Uint8Array, call: ServerCall, sink: MessageSink, budget: Budget): Promise<void> {
  const message: WireSeriesRequest = decodeRequest(codecs.seriesRequest, bytes);
  const request = seriesRequestFromWire(message);
  checkMatchers(request, options);
  const hinted = message.hints === null ? undefined : options.hinted?.withHints('series', { any: message.hints });
  const writer = new SeriesFrameWriter(sink, message.response_batch_size);
  const ctx = serverCallContext(call, budget, (text) => writer.warning(text));
  const slice = new TimeSlice();
  for await (const batch of (hinted?.source ?? source).series(request, ctx)) {
    for (let from = 0; from < batch.count; from += SLICE_SERIES) {
      writer.write(batch, from, Math.min(batch.count, from + SLICE_SERIES));
      if (sink.congested) await sink.drain();
      if (slice.over) await slice.turn();
    }
    // What comes next may take long.
    writer.flush();
    ctx.cancel.throwIfCancelled();
  }
}

async function serveLabelNames(source: SeriesSource, options: StoreServiceOptions, bytes: Uint8Array, call: ServerCall, budget: Budget): Promise<Uint8Array> {
  const message = decodeRequest(codecs.labelNamesRequest, bytes);
  const request: LabelsRequest = labelsRequestFromWire(message);
  const hinted = message.hints === null ? undefined : options.hinted?.withHints('label-names', { any: message.hints });
  const warnings: string[] = [];
  const ctx = serverCallContext(call, budget, (text) => warnings.push(text));
  const names = await (hinted?.source ?? source).labelNames(request, ctx);
  return codecs.labelNamesResponse.encode({ names, warnings, hints: hinted?.responseHints?.() ?? null });
}

async function serveLabelValues(source: SeriesSource, options: StoreServiceOptions, bytes: Uint8Array, call: ServerCall, budget: Budget): Promise<Uint8Array> {
  const message = decodeRequest(codecs.labelValuesRequest, bytes);
  if (message.label === '') throw new RpcError(Status.INVALID_ARGUMENT, 'label name parameter cannot be empty');
  const request = labelsRequestFromWire(message);
  if (request.withoutReplicaLabels.includes(message.label)) return codecs.labelValuesResponse.encode({});
  const hinted = message.hints === null ? undefined : options.hinted?.withHints('label-values', { any: message.hints });
  const warnings: string[] = [];
  const ctx = serverCallContext(call, budget, (text) => warnings.push(text));
  const values = await (hinted?.source ?? source).labelValues(message.label, request, ctx);
  return codecs.labelValuesResponse.encode({ values, warnings, hints: hinted?.responseHints?.() ?? null });
}
