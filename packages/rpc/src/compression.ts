import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { snappyStreamCompress, snappyStreamUncompress, TsanosError } from '@tsanos/bytes';
import { RpcError, Status } from './status.ts';

/** A message encoding: each message is compressed by itself. */
export interface Compression {
  /** As in `grpc-encoding`. */
  readonly name: 'gzip' | 'snappy';
  compress(message: Uint8Array): Uint8Array;
  /** Throws an RpcError of ResourceExhausted when the result would be longer than `maxBytes`. */
  decompress(message: Uint8Array, maxBytes: number): Uint8Array;
}

function tooLarge(maxBytes: number): RpcError {
  return new RpcError(
    Status.RESOURCE_EXHAUSTED,
    `grpc: received message after decompression larger than max ${maxBytes}`,
  );
}

const gzip: Compression = {
  name: 'gzip',
  compress: (message) => gzipSync(message, { level: constants.Z_BEST_SPEED }),
  decompress(message, maxBytes) {
    try {
      return gunzipSync(message, { maxOutputLength: Math.max(1, maxBytes) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
      throw error;
    }
  },
};

/** Snappy's stream format (identifier chunk first), which is what Thanos means by `snappy` on gRPC. */
const snappy: Compression = {
  name: 'snappy',
  compress: (message) => snappyStreamCompress(message),
  decompress(message, maxBytes) {
    try {
      return snappyStreamUncompress(message, maxBytes);
    } catch (error) {
      if (error instanceof TsanosError && error.kind === 'limit') throw tooLarge(maxBytes);
      throw error;
    }
  },
};

/** The encoding with that name; undefined for one that is not known, `identity` included. */
export function compressionByName(name: string): Compression | undefined {
  if (name === 'gzip') return gzip;
  return name === 'snappy' ? snappy : undefined;
}
