import { promisify } from 'node:util';
import { constants, createGzip, createZstdCompress, gzip, zstdCompress, type Gzip, type ZstdCompress } from 'node:zlib';

export type ContentEncoding = 'gzip' | 'zstd' | 'identity';

/** Smaller bodies are sent as they are. */
const LEAST_BYTES = 1024;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const GZIP = { level: 1 };
const gzipAsync = promisify(gzip);
const zstdAsync = promisify(zstdCompress);

/** The encoding to answer in: what the client weighs highest, zstd before gzip. */
export function negotiateEncoding(accept: string | undefined): ContentEncoding {
  let best: ContentEncoding = 'identity';
  let weight = 0;
  for (const part of (accept ?? '').toLowerCase().split(',')) {
    const [name, ...params] = part.split(';').map((piece) => piece.trim());
    const q = Number(params.find((param) => param.startsWith('q='))?.slice(2) ?? 1);
    if ((name === 'gzip' || name === 'zstd') && (q > weight || (q === weight && name === 'zstd'))) {
      best = name;
      weight = q;
    }
  }
  return best;
}

/** Compresses a whole body off this thread; `undefined` when it is too small to be worth it. */
export async function encodeBody(body: Uint8Array, encoding: ContentEncoding): Promise<Uint8Array | undefined> {
  if (encoding === 'identity' || body.byteLength < LEAST_BYTES) return undefined;
  return encoding === 'gzip' ? gzipAsync(body, GZIP) : zstdAsync(body, ZSTD);
}

/** A stream that compresses what is written to it. */
export function encoderStream(encoding: 'gzip' | 'zstd'): Gzip | ZstdCompress {
  return encoding === 'gzip' ? createGzip(GZIP) : createZstdCompress(ZSTD);
}
