import { snappyCompressor, snappyUncompressor } from 'hysnappy';
import snappyJs from 'snappyjs';
import { ByteReader } from './byte-reader.ts';
import { TsanosError } from './error.ts';
import { decodeSnappy } from './snappy-decode.ts';

/** The WebAssembly codec's memory grows to the largest block it ever saw and stays: larger ones go through JavaScript. */
const WASM_LIMIT = 8 * 1024 * 1024;
/** Below this the copies in and out cost more than WebAssembly gains. */
const WASM_MIN = 256;

let compressor: ((bytes: Uint8Array) => Uint8Array) | undefined;
let uncompressor: ((bytes: Uint8Array, length: number) => Uint8Array) | undefined;

/** Snappy block format. */
export function snappyCompress(bytes: Uint8Array): Uint8Array {
  if (bytes.length < WASM_MIN || bytes.length > WASM_LIMIT) return snappyJs.compress(bytes);
  compressor ??= snappyCompressor();
  return compressor(bytes);
}

/** Bytes that a block claims to hold, from its first varint. */
export function snappyLength(bytes: Uint8Array): number {
  return new ByteReader(bytes, 'snappy block').uvarint();
}

/** Undoes `snappyCompress`; refuses blocks that claim more than `maxBytes` before anything is allocated. */
export function snappyUncompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const length = snappyLength(bytes);
  if (length > maxBytes) {
    throw new TsanosError(
      'limit',
      'snappy-too-large',
      `snappy block of ${length} bytes is larger than the ${maxBytes} allowed`,
    );
  }
  // No block can hold more than a copy of 64 bytes for each three of its own.
  if (length > bytes.length * 22 + 64)
    throw corrupt(`snappy block of ${bytes.length} bytes cannot hold the ${length} it claims`);
  if (length < WASM_MIN || length + bytes.length > WASM_LIMIT) return slow(bytes, length);
  let out: Uint8Array;
  try {
    out = fast(bytes, length);
  } catch (error) {
    throw corrupt(`snappy block of ${bytes.length} bytes cannot be read`, error);
  }
  if (out.length !== length) throw corrupt(`snappy block ends after ${out.length} of ${length} bytes`);
  return out;
}

function slow(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const reader = new ByteReader(bytes, 'snappy block');
  reader.uvarint();
  if (!decodeSnappy(bytes, reader.position, out)) throw corrupt(`snappy block of ${bytes.length} bytes cannot be read`);
  return out;
}

function fast(bytes: Uint8Array, length: number): Uint8Array {
  uncompressor ??= snappyUncompressor();
  return uncompressor(bytes, length);
}

function corrupt(message: string, cause?: unknown): TsanosError {
  return new TsanosError('corrupt', 'corrupt-snappy', message, {}, cause);
}
