import type { CounterResetHint } from '@tsanos/model';
import type { BitReader } from './bit-reader.ts';
import { StartTimeReader } from './start-times.ts';

/** What the two flag bits of a histogram chunk say about the chunk before it. */
export type ChunkResetHint = CounterResetHint;

const HINTS: readonly ChunkResetHint[] = ['unknown', 'not_reset', 'reset', 'gauge'];

/** The flag bits of a hint. */
export function hintBits(hint: ChunkResetHint): number {
  return HINTS.indexOf(hint);
}

/** The start of a histogram chunk. */
export interface HistogramHeader {
  count: number;
  hint: ChunkResetHint;
  start: StartTimeReader;
}

/** Reads the header; with start timestamps (`st`) the flags share two bytes with the count and a third byte follows. */
export function readHistogramHeader(r: BitReader, st: boolean): HistogramHeader {
  if (st) {
    const hint = HINTS[r.bits(2)];
    const count = r.bits(14);
    return { hint, count, start: new StartTimeReader(count === 0 ? 0 : r.bits(8)) };
  }
  const count = r.bits(16);
  const hint = count === 0 ? 'unknown' : HINTS[r.bits(8) >>> 6];
  return { hint, count, start: new StartTimeReader(0) };
}

/** The hint of sample `i` as readers see it: whether the first one follows the chunk before cannot be known any more. */
export function sampleHint(chunk: ChunkResetHint, i: number): CounterResetHint {
  if (chunk === 'gauge') return 'gauge';
  return i === 0 ? 'unknown' : 'not_reset';
}
