import { crc32c, TsanosError } from '@tsanos/bytes';
import { corrupt } from '../cursor.ts';

/** A length field has at most this many bytes. */
export const MAX_LENGTH_BYTES = 5;

/** Where chunks are wanted from. Entry `i` of each table is chunk `i`. */
export interface ChunkPlaces {
  /** Segment number, from 0. */
  readonly segment: Uint32Array;
  /** Offset of the length field. */
  readonly offset: Uint32Array;
  /** An offset at which the chunk has ended, 0 = unknown. */
  readonly end: Uint32Array;
}

/** What reads chunks by their places: the local segment files of a block, or its objects in a bucket. */
export interface ChunkSource {
  /** The bodies of chunks `[from, to)`, checksums verified; the caller owns the buffers. A damaged chunk is an error of kind corrupt with the field `row`. */
  read(places: ChunkPlaces, from: number, to: number): Promise<ChunkBodies>;
}

/** Where the bodies of chunks lie in buffers; entry `i` of each table is chunk `from + i`. */
export class ChunkBodies {
  readonly buffers: Uint8Array[] = [];
  readonly buffer: Uint16Array;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly encoding: Uint8Array;

  constructor(count: number) {
    this.buffer = new Uint16Array(count);
    this.offset = new Uint32Array(count);
    this.length = new Uint32Array(count);
    this.encoding = new Uint8Array(count);
  }

  /**
   * Notes chunk `row`, whose length field is at `at` of `buffers[buffer]`, and checks its checksum. Returns 0, or how many bytes from `at` on are needed when
   * the buffer does not hold all of it. Throws what `damaged` makes of a message.
   */
  enter(row: number, buffer: number, at: number, damaged: (message: string) => TsanosError): number {
    const bytes = this.buffers[buffer];
    let length = 0;
    let factor = 1;
    let start = at;
    for (; ; factor *= 128) {
      if (start === at + MAX_LENGTH_BYTES) throw damaged('reading chunk length failed');
      if (start >= bytes.length) return MAX_LENGTH_BYTES;
      const byte = bytes[start++];
      length += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    const crcAt = start + 1 + length;
    if (crcAt + 4 > bytes.length) return crcAt + 4 - at;
    const crc = crc32c(bytes, start, crcAt);
    const stored = ((bytes[crcAt] << 24) | (bytes[crcAt + 1] << 16) | (bytes[crcAt + 2] << 8) | bytes[crcAt + 3]) >>> 0;
    if (crc !== stored) throw damaged(`checksum mismatch expected:${stored.toString(16)}, actual:${crc.toString(16)}`);
    this.buffer[row] = buffer;
    this.offset[row] = start + 1;
    this.length[row] = length;
    this.encoding[row] = bytes[start];
    return 0;
  }
}

/** The error of chunk `row` of some places. */
export function damagedChunk(what: string, places: ChunkPlaces, row: number, message: string): TsanosError {
  const chunk = places.segment[row] * 0x100000000 + places.offset[row];
  return corrupt(what, `chunk ${chunk}: ${message}`, { chunk, row });
}
