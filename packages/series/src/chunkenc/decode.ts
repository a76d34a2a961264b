import type { SampleColumns } from '@tsanos/model';
import { Encoding } from '../series-batch.ts';
import { corruptChunk, unsupportedEncoding } from './chunk-error.ts';
import { decodeFloatHistograms } from './float-histogram-decode.ts';
import { decodeHistograms } from './histogram-decode.ts';
import { keepRange } from './keep-range.ts';
import { decodeXor } from './xor-decode.ts';
import { decodeXor2 } from './xor2-decode.ts';

/**
 * Appends the samples of a chunk with mint <= t <= maxt (ms, inclusive) to `out`, in stored order. `encoding` is
 * Prometheus' number; integer histograms arrive in float form. Throws of kind corrupt for a damaged chunk, after
 * the good samples before the damage were appended, and of kind unsupported for an unknown encoding.
 */
export function decodeChunk(
  buf: Uint8Array,
  offset: number,
  length: number,
  encoding: number,
  mint: number,
  maxt: number,
  out: SampleColumns,
): void {
  const from = out.n;
  try {
    decodeWhole(buf, offset, length, encoding, out);
  } finally {
    keepRange(out, from, mint, maxt);
  }
}

/** `decodeChunk` without a range: all samples, in stored order. */
export function decodeWhole(
  buf: Uint8Array,
  offset: number,
  length: number,
  encoding: number,
  out: SampleColumns,
): void {
  switch (encoding) {
    case Encoding.XOR:
      decodeXor(buf, offset, length, out);
      return;
    case Encoding.XOR2:
      decodeXor2(buf, offset, length, out);
      return;
    case Encoding.HISTOGRAM:
    case Encoding.HISTOGRAM_ST:
      decodeHistograms(buf, offset, length, encoding === Encoding.HISTOGRAM_ST, out);
      return;
    case Encoding.FLOAT_HISTOGRAM:
    case Encoding.FLOAT_HISTOGRAM_ST:
      decodeFloatHistograms(buf, offset, length, encoding === Encoding.FLOAT_HISTOGRAM_ST, out);
      return;
    default:
      throw unsupportedEncoding(encoding);
  }
}

/** How many samples the chunk says it holds; reads its header only. */
export function chunkSampleCount(buf: Uint8Array, offset: number, length: number, encoding: number): number {
  if (length < 2) throw corruptChunk(encoding, 'no sample count', 0, length);
  const count = buf[offset] * 256 + buf[offset + 1];
  return encoding === Encoding.HISTOGRAM_ST || encoding === Encoding.FLOAT_HISTOGRAM_ST ? count & 0x3fff : count;
}
