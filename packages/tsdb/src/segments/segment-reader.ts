import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, TsanosError } from '@tsanos/bytes';
import { corrupt } from '../cursor.ts';
import { FileReader, type RangeReader } from '../range-reader.ts';

export const SEGMENT_MAGIC = 0x85bd40dd;
export const SEGMENT_HEADER_BYTES = 8;
/** A length field has at most this many bytes. */
export const MAX_LENGTH_BYTES = 5;

const GAP_BYTES = 32 * 1024;
const MAX_READ_BYTES = 8 * 1024 * 1024;
/** Read for a chunk whose end nothing tells. */
const CHUNK_ESTIMATE_BYTES = 1024;

/** Where chunks are wanted from and, after `ChunkSegments.read`, where their bodies lie. Entry `i` of each table is chunk `i`. */
export interface ChunkPlaces {
  /** Segment number, from 0. */
  readonly segment: Uint32Array;
  /** Offset of the length field. */
  readonly offset: Uint32Array;
  /** An offset at which the chunk has ended, 0 = unknown. */
  readonly end: Uint32Array;
}

export interface ChunkBodies {
  readonly buffers: Uint8Array[];
  readonly buffer: Uint16Array;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly encoding: Uint8Array;
}

/** The chunk files of one block. */
export class ChunkSegments {
  readonly #segments: readonly RangeReader[];
  readonly #what: string;

  private constructor(segments: readonly RangeReader[], what: string) {
    this.#segments = segments;
    this.#what = what;
  }

  /** Takes readers of the segments in order; checks their headers. The readers belong to the caller. */
  static async open(segments: readonly RangeReader[], what = 'chunks'): Promise<ChunkSegments> {
    for (const [i, segment] of segments.entries())
      checkHeader(await segment.read(0, SEGMENT_HEADER_BYTES), `${what}: segment ${i}`);
    return new ChunkSegments(segments, what);
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /**
   * Reads chunks `[from, to)`, neighbours together, and checks their checksums. At most 65,535 of them may be far from each other. The
   * caller owns the buffers.
   */
  async read(places: ChunkPlaces, from: number, to: number): Promise<ChunkBodies> {
    const n = to - from;
    const bodies: ChunkBodies = {
      buffers: [],
      buffer: new Uint16Array(n),
      offset: new Uint32Array(n),
      length: new Uint32Array(n),
      encoding: new Uint8Array(n),
    };
    for (let i = from; i < to;) {
      const segment = this.#segment(places.segment[i]);
      const start = places.offset[i];
      let end = chunkEnd(places, i);
      let last = i + 1;
      while (last < to && places.segment[last] === places.segment[i]) {
        const offset = places.offset[last];
        if (offset < start || offset - end > GAP_BYTES || chunkEnd(places, last) - start > MAX_READ_BYTES) break;
        end = Math.max(end, chunkEnd(places, last++));
      }
      const bytes = await segment.read(start, Math.min(end, segment.size) - start);
      const buffer = bodies.buffers.push(bytes) - 1;
      for (let k = i; k < last; k++) {
        const body = chunkBody(bytes, places.offset[k] - start);
        if (body === undefined || body.end > bytes.length) await this.#readAgain(places, k, k - from, body, bodies);
        else this.#enter(places, k, k - from, bytes, body, buffer, bodies);
      }
      i = last;
    }
    return bodies;
  }

  /** A chunk longer than was guessed: reads it whole, in a buffer of its own. */
  async #readAgain(
    places: ChunkPlaces,
    i: number,
    row: number,
    guess: ChunkBounds | undefined,
    bodies: ChunkBodies,
  ): Promise<void> {
    const segment = this.#segment(places.segment[i]);
    const offset = places.offset[i];
    const left = Math.max(0, segment.size - offset);
    let bytes: Uint8Array = new Uint8Array(0);
    let body: ChunkBounds | undefined;
    let want = guess === undefined ? MAX_LENGTH_BYTES : guess.end - guess.at;
    // Twice at most: for the length, then for what it says.
    for (let attempt = 0; attempt < 2 && (body === undefined || body.end > bytes.length); attempt++) {
      if (want > left) throw this.#short(places, i, offset + want, segment.size, attempt === 0 && guess === undefined);
      bytes = await segment.read(offset, want);
      body = chunkBody(bytes, 0);
      want = body?.end ?? want;
    }
    if (body === undefined || body.end > bytes.length) throw this.#error(places, i, 'reading chunk length failed');
    this.#enter(places, i, row, bytes, body, bodies.buffers.push(bytes) - 1, bodies);
  }

  /** Checks a chunk that lies whole in `bytes` and notes where its body is. */
  #enter(
    places: ChunkPlaces,
    i: number,
    row: number,
    bytes: Uint8Array,
    body: ChunkBounds,
    buffer: number,
    bodies: ChunkBodies,
  ): void {
    const at = body.end - 4;
    const crc = crc32c(bytes, body.start - 1, at);
    const stored = ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
    if (crc !== stored) {
      throw this.#error(places, i, `checksum mismatch expected:${stored.toString(16)}, actual:${crc.toString(16)}`);
    }
    bodies.buffer[row] = buffer;
    bodies.offset[row] = body.start;
    bodies.length[row] = at - body.start;
    bodies.encoding[row] = bytes[body.start - 1];
  }

  #segment(number: number): RangeReader {
    const segment = this.#segments[number];
    if (segment === undefined)
      throw corrupt(this.#what, `segment index ${number} out of range: the block has ${this.#segments.length}`);
    return segment;
  }

  #short(places: ChunkPlaces, i: number, required: number, available: number, sizeField: boolean): TsanosError {
    const part = sizeField ? 'chunk size data field' : 'chunk';
    return this.#error(
      places,
      i,
      `segment doesn't include enough bytes to read the ${part} - required:${required}, available:${available}`,
    );
  }

  #error(places: ChunkPlaces, i: number, message: string): TsanosError {
    const ref = places.segment[i] * 0x100000000 + places.offset[i];
    return corrupt(this.#what, `chunk ${ref}: ${message}`, { chunk: ref });
  }
}

/** Where a chunk is taken to end for planning reads. */
function chunkEnd(places: ChunkPlaces, i: number): number {
  const end = places.end[i];
  const offset = places.offset[i];
  return end > offset && end - offset < MAX_READ_BYTES ? end : offset + CHUNK_ESTIMATE_BYTES;
}

/** A chunk in a buffer: its length field is at `at`, its body begins at `start` after the encoding, its checksum ends at `end`. */
interface ChunkBounds {
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** Bounds of the chunk whose length field is at `at`, whether the buffer holds all of it or not; undefined when the length is cut. */
function chunkBody(bytes: Uint8Array, at: number): ChunkBounds | undefined {
  let length = 0;
  let factor = 1;
  for (let i = 0; i < MAX_LENGTH_BYTES && at + i < bytes.length; i++) {
    const byte = bytes[at + i];
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) return { at, start: at + i + 2, end: at + i + 2 + length + 4 };
    factor *= 128;
  }
  return undefined;
}

function checkHeader(bytes: Uint8Array, what: string): void {
  if (bytes.length < SEGMENT_HEADER_BYTES) throw corrupt(what, 'invalid segment header: invalid size');
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (magic !== SEGMENT_MAGIC)
    throw corrupt(what, `invalid magic number ${magic.toString(16)}, want ${SEGMENT_MAGIC.toString(16)}`);
  if (bytes[4] !== 1) throw corrupt(what, `invalid chunk format version ${bytes[4]}`);
}

/** Opens the segment files of a `chunks` folder in order; the caller closes them. */
export function openSegmentFiles(folder: string): FileReader[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new TsanosError(
      'not-found',
      'open-chunks',
      `open ${folder}: no such file or directory`,
      { path: folder },
      error,
    );
  }
  const files: FileReader[] = [];
  try {
    for (const name of names.filter((n) => /^\d+$/.test(n)).sort()) files.push(FileReader.open(join(folder, name)));
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
  return files;
}
