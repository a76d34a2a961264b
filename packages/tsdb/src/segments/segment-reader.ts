import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TsanosError } from '@tsanos/bytes';
import { corrupt } from '../cursor.ts';
import { FileReader, type RangeReader } from '../range-reader.ts';
import { ChunkBodies, damagedChunk, MAX_LENGTH_BYTES, type ChunkPlaces, type ChunkSource } from './chunk-bodies.ts';

export const SEGMENT_MAGIC = 0x85bd40dd;
export const SEGMENT_HEADER_BYTES = 8;

const GAP_BYTES = 32 * 1024;
const MAX_READ_BYTES = 8 * 1024 * 1024;
/** Read for a chunk whose end nothing tells. */
const CHUNK_ESTIMATE_BYTES = 1024;

/** The chunk files of one block. */
export class ChunkSegments implements ChunkSource {
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
    const bodies = new ChunkBodies(to - from);
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
        const missing = bodies.enter(k - from, buffer, places.offset[k] - start, (m) => this.#error(places, k, m));
        if (missing > 0) await this.#readAgain(places, k, k - from, missing, bodies);
      }
      i = last;
    }
    return bodies;
  }

  /** A chunk longer than was guessed: reads it whole, in a buffer of its own. */
  async #readAgain(places: ChunkPlaces, i: number, row: number, missing: number, bodies: ChunkBodies): Promise<void> {
    const segment = this.#segment(places.segment[i]);
    const offset = places.offset[i];
    const left = Math.max(0, segment.size - offset);
    const buffer = bodies.buffers.push(new Uint8Array(0)) - 1;
    // Twice at most: for the length, then for what it says.
    for (let want = missing, attempt = 0; want > 0; attempt++) {
      if (want > left) throw this.#short(places, i, offset + want, segment.size, want === MAX_LENGTH_BYTES);
      if (attempt === 2) throw this.#error(places, i, 'reading chunk length failed');
      bodies.buffers[buffer] = await segment.read(offset, want);
      want = bodies.enter(row, buffer, 0, (message) => this.#error(places, i, message));
    }
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
    return damagedChunk(this.#what, places, i, message);
  }
}

/** Where a chunk is taken to end for planning reads. */
function chunkEnd(places: ChunkPlaces, i: number): number {
  const end = places.end[i];
  const offset = places.offset[i];
  return end > offset && end - offset < MAX_READ_BYTES ? end : offset + CHUNK_ESTIMATE_BYTES;
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
