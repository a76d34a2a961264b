import { TsanosError } from '@tsanos/bytes';

/**
 * Chunk references and times of decoded series, as growing columns; the labels of series `i` are at
 * `[labelOffset[i], labelOffset[i] + labelLength[i])` of the label writer's bytes.
 */
export class SeriesTable {
  count = 0;
  chunks = 0;
  labelOffset: Uint32Array = new Uint32Array(1024);
  labelLength: Uint32Array = new Uint32Array(1024);
  /** `count + 1` used. */
  chunkStart: Uint32Array = new Uint32Array(1025);
  chunkSegment: Uint32Array = new Uint32Array(4096);
  chunkOffset: Uint32Array = new Uint32Array(4096);
  chunkMint: Float64Array = new Float64Array(4096);
  chunkMaxt: Float64Array = new Float64Array(4096);

  /** Appends a series whose chunks were pushed since the last one. */
  endSeries(labelOffset: number, labelLength: number): void {
    if (this.count === this.labelOffset.length) {
      this.labelOffset = grown(this.labelOffset);
      this.labelLength = grown(this.labelLength);
      const start = new Uint32Array(this.labelOffset.length + 1);
      start.set(this.chunkStart);
      this.chunkStart = start;
    }
    this.labelOffset[this.count] = labelOffset;
    this.labelLength[this.count] = labelLength;
    this.chunkStart[++this.count] = this.chunks;
  }

  pushChunk(segment: number, offset: number, mint: number, maxt: number): void {
    const i = this.chunks;
    if (i === this.chunkSegment.length) {
      this.chunkSegment = grown(this.chunkSegment);
      this.chunkOffset = grown(this.chunkOffset);
      this.chunkMint = grown(this.chunkMint);
      this.chunkMaxt = grown(this.chunkMaxt);
    }
    this.chunkSegment[i] = segment;
    this.chunkOffset[i] = offset;
    this.chunkMint[i] = mint;
    this.chunkMaxt[i] = maxt;
    this.chunks = i + 1;
  }
}

function grown<T extends Uint32Array | Float64Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}

/** Scratch for the symbol pairs of one series. */
export class SymbolPairs {
  /** name, value, name, value, … */
  ids: Uint32Array = new Uint32Array(64);
  count = 0;
}

/** Where a series entry goes wrong; offsets are the index file's. */
function corrupt(what: string, offset: number): TsanosError {
  return new TsanosError('corrupt', 'corrupt-series-entry', `index: series entry at offset ${offset}: ${what}`, {
    offset,
  });
}

/**
 * Decodes one series entry of an index (Prometheus index format v2, "series"): `bytes` from `start` to `end` are the entry's content
 * between its length and its checksum. The chunks that overlap `[mint, maxt]` go to `table`, the label symbols to `pairs`.
 * Returns how many chunks were kept. With `skipChunks` it stops after the first chunk that overlaps.
 */
export function decodeSeriesEntry(
  bytes: Uint8Array,
  start: number,
  end: number,
  fileOffset: number,
  mint: number,
  maxt: number,
  pairs: SymbolPairs,
  table: SeriesTable,
  skipChunks: boolean,
): number {
  let at = start;
  const uvarint = (): number => {
    let result = 0;
    let factor = 1;
    for (let n = 0; n < 10; n++) {
      if (at >= end) throw corrupt('it ends within a number', fileOffset);
      const byte = bytes[at++];
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
      factor *= 128;
    }
    throw corrupt('a number has more than ten bytes', fileOffset);
  };
  // Zigzag in doubles: exact for the times and references that occur (below 2^53).
  const varint = (): number => {
    const u = uvarint();
    return u % 2 === 0 ? u / 2 : -(u + 1) / 2;
  };
  const labels = uvarint();
  if (labels * 2 > end - at) throw corrupt(`${labels} labels do not fit`, fileOffset);
  if (pairs.ids.length < labels * 2) pairs.ids = new Uint32Array(labels * 4);
  for (let i = 0; i < labels * 2; i++) pairs.ids[i] = uvarint();
  pairs.count = labels;

  const chunks = uvarint();
  let kept = 0;
  let t = 0;
  let ref = 0;
  for (let i = 0; i < chunks; i++) {
    t = i === 0 ? varint() : t + uvarint();
    const chunkMint = t;
    t += uvarint();
    ref = i === 0 ? uvarint() : ref + varint();
    if (chunkMint > maxt) break;
    if (t < mint) continue;
    kept++;
    if (skipChunks) break;
    table.pushChunk(Math.floor(ref / 0x100000000), ref % 0x100000000, chunkMint, t);
  }
  return kept;
}
