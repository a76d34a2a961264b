import { createRequire } from 'node:module';
import { ByteReader } from './byte-reader.ts';
import { TsanosError } from './error.ts';

interface SnappyJs {
  compress(bytes: Uint8Array): Uint8Array;
  uncompress(bytes: Uint8Array, maxLength?: number): Uint8Array;
}

const snappyJs = createRequire(import.meta.url)('snappyjs') as SnappyJs;

/** Snappy block format. */
export function snappyCompress(bytes: Uint8Array): Uint8Array {
  return snappyJs.compress(bytes);
}

/** Bytes that a block claims to hold, from its first varint. */
export function snappyLength(bytes: Uint8Array): number {
  return new ByteReader(bytes, 'snappy block').uvarint();
}

/** Undoes `snappyCompress`; refuses blocks that claim more than `maxBytes` before anything is allocated. */
export function snappyUncompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const length = snappyLength(bytes);
  if (length > maxBytes) {
    throw new TsanosError('limit', 'snappy-too-large', `snappy block of ${length} bytes is larger than the ${maxBytes} allowed`);
  }
  let out: Uint8Array;
  try {
    out = snappyJs.uncompress(bytes, maxBytes);
  } catch (error) {
    throw new TsanosError('corrupt', 'corrupt-snappy', `snappy block of ${bytes.length} bytes cannot be read`, {}, error);
  }
  if (out.length !== length) {
    throw new TsanosError('corrupt', 'corrupt-snappy', `snappy block ends after ${out.length} of ${length} bytes`);
  }
  return out;
}
