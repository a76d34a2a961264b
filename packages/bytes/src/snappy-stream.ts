import { ByteWriter } from './byte-writer.ts';
import { crc32c, maskCrc32c } from './crc32c.ts';
import { TsanosError } from './error.ts';
import { snappyCompress, snappyUncompress } from './snappy-block.ts';

/** `ff 06 00 00 sNaPpY`: the first chunk of every stream. */
const STREAM_IDENTIFIER = Uint8Array.of(0xff, 0x06, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);
const COMPRESSED = 0x00;
const UNCOMPRESSED = 0x01;
/** A chunk holds at most this much before compression. */
const MAX_CHUNK_BYTES = 65_536;

/** Compresses a whole message into the snappy stream (framing) format. */
export function snappyStreamCompress(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter(bytes.length / 2 + 64);
  out.bytes(STREAM_IDENTIFIER);
  for (let from = 0; from < bytes.length; from += MAX_CHUNK_BYTES) {
    const part = bytes.subarray(from, from + MAX_CHUNK_BYTES);
    const packed = snappyCompress(part);
    const smaller = packed.length < part.length - (part.length >>> 3);
    const body = smaller ? packed : part;
    const size = body.length + 4;
    out
      .u8(smaller ? COMPRESSED : UNCOMPRESSED)
      .u8(size & 0xff)
      .u8((size >>> 8) & 0xff)
      .u8(size >>> 16);
    out.u32le(maskCrc32c(crc32c(part))).bytes(body);
  }
  return out.finish();
}

/** Undoes it; checks every checksum, and stops at `maxBytes`. */
export function snappyStreamUncompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const out = new ByteWriter(Math.min(maxBytes, bytes.length * 3 + 64));
  const corrupt = (what: string, at: number): TsanosError =>
    new TsanosError('corrupt', 'corrupt-snappy-stream', `snappy stream: at offset ${at}: ${what}`, { offset: at });
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) throw corrupt('a chunk header is cut', at);
    const type = bytes[at];
    const size = bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16);
    const body = at + 4;
    if (body + size > bytes.length) throw corrupt(`a chunk of ${size} bytes is cut`, at);
    if (at === 0 && type !== 0xff) throw corrupt('the stream identifier is missing', at);
    if (type === 0xff) {
      for (let i = 0; i < 6; i++)
        if (size !== 6 || bytes[body + i] !== STREAM_IDENTIFIER[4 + i]) throw corrupt('bad identifier', at);
    } else if (type === COMPRESSED || type === UNCOMPRESSED) {
      if (size < 4) throw corrupt('a data chunk has no checksum', at);
      const want = (bytes[body] | (bytes[body + 1] << 8) | (bytes[body + 2] << 16) | (bytes[body + 3] << 24)) >>> 0;
      const data = bytes.subarray(body + 4, body + size);
      const plain = type === COMPRESSED ? snappyUncompress(data, MAX_CHUNK_BYTES) : data;
      if (plain.length > MAX_CHUNK_BYTES) throw corrupt('a chunk is too long', at);
      if (maskCrc32c(crc32c(plain)) !== want) throw corrupt('checksum mismatch', at);
      if (out.length + plain.length > maxBytes) {
        throw new TsanosError(
          'limit',
          'snappy-too-large',
          `snappy stream is larger than the ${maxBytes} bytes allowed`,
        );
      }
      out.bytes(plain);
    } else if (type >= 0x02 && type <= 0x7f) {
      throw corrupt(`chunk type ${type} must not be skipped`, at);
    }
    at = body + size;
  }
  return out.finish();
}
