import { TsanosError } from '@tsanos/bytes';
import { compressionByName, FrameWriter, RpcError, Status, type MessageSink } from '@tsanos/rpc';
import type { CallContext, SeriesRequest, SeriesSource } from '@tsanos/series';
import { labelsRequestFromWire, seriesRequestFromWire } from './convert.ts';
import { decodeRequest } from './decode-request.ts';
import { REQUEST_LIMIT_CODE } from './limit-source.ts';
import { codecs } from './proto/codecs.ts';
import type { WireAny } from './proto/messages.ts';
import { SeriesFrameWriter, type MessageTarget } from './series-frame-writer.ts';
import { TimeSlice } from './time-slice.ts';

// The three calls of `thanos.Store` from request bytes to answer bytes, on any thread.

/** Series written before the target is asked whether its reader keeps up. */
const SLICE_SERIES = 256;

/** A block that is not full leaves when its source has nothing more for this time. */
const FLUSH_MS = 3;

/** A source that looks at request hints (`hintspb`); what it returns is asked in place of it for that call. */
export interface HintedSource {
  /**
   * Called for each label call, also without hints (null), since these can be answered with hints; for Series only when there are hints.
   * @throws RpcError of InvalidArgument for hints it does not understand
   */
  withHints(
    kind: 'series' | 'label-names' | 'label-values',
    hints: WireAny | null,
  ): { source: SeriesSource; responseHints?: () => WireAny | undefined };
}

export interface StoreCallOptions {
  /** What a request without matchers is told that it lacks; `allow` = it is served. Default `external`. */
  readonly noMatchers?: 'external' | 'selector' | 'allow' | undefined;
  /** Status of a call that passes a limit of `limitSource`: ResourceExhausted by default; Thanos' proxies and sidecars have Unknown. */
  readonly limitStatus?: number | undefined;
  /** How hints are understood; default: they are ignored. */
  readonly hinted?: HintedSource | undefined;
}

/** Makes the context of a call, whose `warn` passes each warning on once. */
export type MakeContext = (warn: (text: string) => void) => CallContext;

/** Writes the answer of Series into `target`, and pauses after each slice of work so that whoever drives it can wait for its reader. */
async function* seriesSteps(
  source: SeriesSource,
  bytes: Uint8Array,
  options: StoreCallOptions,
  makeContext: MakeContext,
  target: MessageTarget,
): AsyncGenerator<void> {
  const message = decodeRequest(codecs.seriesRequest, bytes);
  const request = seriesRequestFromWire(message);
  checkMatchers(request, options);
  const hinted = message.hints === null ? undefined : options.hinted?.withHints('series', message.hints);
  const writer = new SeriesFrameWriter(target, message.response_batch_size);
  const ctx = makeContext((text) => writer.warning(text));
  const slice = new TimeSlice();
  try {
    for await (const batch of (hinted?.source ?? source).series(request, ctx)) {
      for (let from = 0; from < batch.count; from += SLICE_SERIES) {
        writer.write(batch, from, Math.min(batch.count, from + SLICE_SERIES));
        yield;
        if (slice.over) await slice.turn();
      }
      // What comes next may take long.
      writer.flush();
      ctx.cancel.throwIfCancelled();
    }
  } catch (error) {
    throw limitError(error, options);
  }
}

/** Serves Series into the sink of a call on the thread of the server. */
export async function serveSeries(
  source: SeriesSource,
  bytes: Uint8Array,
  options: StoreCallOptions,
  makeContext: MakeContext,
  sink: MessageSink,
): Promise<void> {
  for await (const _ of seriesSteps(source, bytes, options, makeContext, sink)) {
    if (sink.congested) await sink.drain();
  }
}

/**
 * Serves Series as blocks of framed messages in `encoding`, for a worker whose blocks another thread sends with `sendBlock`. Blocks are
 * memory of their own, so they can be transferred; a consumer that takes none stops the work.
 */
export async function* seriesBlocks(
  source: SeriesSource,
  bytes: Uint8Array,
  encoding: string,
  options: StoreCallOptions,
  makeContext: MakeContext,
): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const frames = new FrameWriter(compressionByName(encoding), (block) => ready.push(block));
  const steps = seriesSteps(source, bytes, options, makeContext, frames);
  try {
    for (;;) {
      const next = steps.next();
      // It is awaited below, or nobody wants it any more.
      next.catch(() => {});
      // A source that takes its time must not hold back what is there.
      if (frames.pendingBytes > 0 && !(await settlesSoon(next))) frames.flush();
      for (let block = ready.shift(); block !== undefined; block = ready.shift()) yield block;
      if ((await next).done === true) break;
    }
  } catch (error) {
    // Messages before an error are part of the answer.
    frames.flush();
    yield* ready;
    throw error;
  } finally {
    void steps.return(undefined);
  }
  frames.flush();
  yield* ready;
}

async function settlesSoon(promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, FLUSH_MS, false)));
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Messages in a block of whole frames. */
export function countMessages(block: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + 5 <= block.length; count++) {
    at += 5 + ((block[at + 1] << 24) | (block[at + 2] << 16) | (block[at + 3] << 8) | block[at + 4]);
  }
  return count;
}

/** Serves LabelNames: the answer's bytes. */
export async function serveLabelNames(
  source: SeriesSource,
  bytes: Uint8Array,
  options: StoreCallOptions,
  makeContext: MakeContext,
): Promise<Uint8Array> {
  const message = decodeRequest(codecs.labelNamesRequest, bytes);
  const request = labelsRequestFromWire(message);
  const hinted = options.hinted?.withHints('label-names', message.hints);
  const warnings: string[] = [];
  const names = await (hinted?.source ?? source).labelNames(
    request,
    makeContext((text) => warnings.push(text)),
  );
  return codecs.labelNamesResponse.encode({ names, warnings, hints: hinted?.responseHints?.() ?? null });
}

/** Serves LabelValues: the answer's bytes. */
export async function serveLabelValues(
  source: SeriesSource,
  bytes: Uint8Array,
  options: StoreCallOptions,
  makeContext: MakeContext,
): Promise<Uint8Array> {
  const message = decodeRequest(codecs.labelValuesRequest, bytes);
  if (message.label === '') throw new RpcError(Status.INVALID_ARGUMENT, 'label name parameter cannot be empty');
  const request = labelsRequestFromWire(message);
  if (request.withoutReplicaLabels.includes(message.label)) return codecs.labelValuesResponse.encode({});
  const hinted = options.hinted?.withHints('label-values', message.hints);
  const warnings: string[] = [];
  const values = await (hinted?.source ?? source).labelValues(
    message.label,
    request,
    makeContext((text) => warnings.push(text)),
  );
  return codecs.labelValuesResponse.encode({ values, warnings, hints: hinted?.responseHints?.() ?? null });
}

function checkMatchers(request: SeriesRequest, options: StoreCallOptions): void {
  if (request.matchers.length > 0 || options.noMatchers === 'allow') return;
  throw new RpcError(
    Status.INVALID_ARGUMENT,
    `no matchers specified (excluding ${options.noMatchers ?? 'external'} labels)`,
  );
}

/** The error of a passed limit as Thanos words it; any other is itself. */
function limitError(error: unknown, options: StoreCallOptions): unknown {
  if (!(error instanceof TsanosError) || error.code !== REQUEST_LIMIT_CODE) return error;
  return new RpcError(options.limitStatus ?? Status.RESOURCE_EXHAUSTED, `send series response: ${error.message}`, {
    cause: error,
  });
}
