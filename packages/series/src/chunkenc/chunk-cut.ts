import { encodeXor } from './xor-encode.ts';

/** Samples in a chunk that merging or downsampling writes, at most; and what the head aims at. */
export const CHUNK_SAMPLES = 120;
/** The head cuts a float chunk that passed this many bytes: 1024 less room for one more sample. */
const FULL_BYTES = 1005;

const sizes = new Uint32Array(2 * CHUNK_SAMPLES);

/**
 * How many of the float samples `from` to `to` (exclusive) the Prometheus head puts into their first chunk: about 120, evenly
 * spread over the aligned range of `chunkRangeMs` (two hours by default) that the first sample is in, at most 240, and no
 * more once the chunk is large. Columns as for `encodeXor`.
 */
export function headChunkLength(
  t: Float64Array,
  w: Int32Array,
  from: number,
  to: number,
  chunkRangeMs = 7_200_000,
): number {
  const start = t[from];
  const most = Math.min(to - from, 2 * CHUNK_SAMPLES);
  encodeXor(t, w, from, from + most, sizes);
  let nextAt = Math.trunc(start / chunkRangeMs) * chunkRangeMs + chunkRangeMs;
  for (let n = 1; n < most; n++) {
    if (sizes[n - 1] > FULL_BYTES) return n;
    // With a quarter of the samples there the interval is known well enough.
    if (n === CHUNK_SAMPLES / 4) nextAt = evenEnd(start, t[from + n - 1], nextAt);
    if (t[from + n] >= nextAt) return n;
  }
  return most;
}

/** When to cut so that chunks up to `max` get equally long, the current one having reached `now` with a quarter of its samples. */
function evenEnd(start: number, now: number, max: number): number {
  const n = (max - start) / ((now - start + 1) * 4);
  return n <= 1 ? max : start + Math.trunc((max - start) / Math.floor(n));
}
