import { createMatcher, type Matcher } from '@tsanos/model';
import type { Channel } from '@tsanos/rpc';
import type { SeriesRequest } from '@tsanos/series';
import { codecs, SeriesDecoder, seriesRequestToWire } from '@tsanos/storeapi';

const PATH = '/thanos.Store/Series';

/** A Series request for everything that `matchers` accept (default: any name). */
export function seriesRequestBytes(
  batchSize: number,
  matchers: readonly Matcher[] = [createMatcher('=~', '__name__', '.+')],
): Uint8Array {
  const request: SeriesRequest = {
    mint: 0,
    maxt: 2 ** 42,
    matchers,
    maxResolutionMs: 0,
    aggregates: [],
    partialResponse: 'warn',
    skipChunks: false,
    withoutReplicaLabels: [],
    limit: 0,
  };
  return codecs.seriesRequest.encode(seriesRequestToWire(request, batchSize));
}

/** What a Series call gave. */
export interface CountedSeries {
  readonly series: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
}

/** Calls Series and counts what comes. `each` is called with the bytes of each block of messages and awaited: for clients that read slowly. */
export async function countSeries(
  channel: Channel,
  request: Uint8Array,
  each?: (bytes: number) => Promise<void> | void,
): Promise<CountedSeries> {
  let series = 0;
  let bytes = 0;
  const warnings: string[] = [];
  const decoder = new SeriesDecoder({
    batch: (batch) => (series += batch.count),
    warning: (text) => warnings.push(text),
    hints: () => {},
  });
  const from = performance.now();
  const stream = channel.stream(PATH, request);
  for (let blocks = await stream.read(); blocks !== undefined; blocks = await stream.read()) {
    let taken = 0;
    for (const { buffer, ranges } of blocks) {
      for (let i = 0; i < ranges.length; i += 2) {
        decoder.message(buffer, ranges[i], ranges[i + 1]);
        taken += ranges[i + 1];
      }
    }
    decoder.finish();
    bytes += taken;
    await each?.(taken);
  }
  return { series, bytes, seconds: (performance.now() - from) / 1000, warnings };
}
