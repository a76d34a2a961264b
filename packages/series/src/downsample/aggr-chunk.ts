import { TsanosError } from '@tsanos/bytes';
import { Aggr, type Encoding } from '../series-batch.ts';

/** Encoding byte of a downsampled chunk in a segment file. It never appears in a SeriesBatch, where its parts are rows. */
export const AGGR_ENCODING = 0xff;

/** The order in which a downsampled chunk holds its aggregates. */
const ORDER: readonly Aggr[] = [Aggr.COUNT, Aggr.SUM, Aggr.MIN, Aggr.MAX, Aggr.COUNTER];

/** One aggregate of a downsampled chunk: an ordinary chunk body within the buffer that was parsed. */
export interface AggrPart {
  aggr: Aggr;
  encoding: number;
  offset: number;
  length: number;
}

/**
 * Splits the data of a downsampled chunk (encoding 0xff) into the aggregates it has, in the order count, sum, min, max,
 * counter, which is ascending `aggr`. Each part is `uvarint length, u8 encoding, bytes`; length 0 (and then nothing more)
 * says that the aggregate is absent. Offsets are absolute in `buf`. Throws (kind corrupt) when the lengths do not add up.
 */
export function parseAggrChunk(buf: Uint8Array, offset = 0, length = buf.length - offset): AggrPart[] {
  const end = offset + length;
  const parts: AggrPart[] = [];
  let at = offset;
  for (const aggr of ORDER) {
    let size = 0;
    let scale = 1;
    for (;;) {
      if (at >= end || scale > 2 ** 28) throw corrupt(aggr, at - offset, length);
      const byte = buf[at++];
      size += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) break;
    }
    if (size === 0) continue;
    if (at + 1 + size > end) throw corrupt(aggr, at - offset, length);
    parts.push({ aggr, encoding: buf[at], offset: at + 1, length: size });
    at += 1 + size;
  }
  return parts;
}

/** Aggregates to be put together, by `Aggr`; what is missing is written as absent. */
export type AggrBodies = Partial<Record<Aggr, { encoding: Encoding; bytes: Uint8Array }>>;

/** The data of a downsampled chunk: the inverse of `parseAggrChunk`. Returns a fresh array. */
export function writeAggrChunk(bodies: AggrBodies): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const aggr of ORDER) size += 6 + (bodies[aggr]?.bytes.length ?? 0);
  const out = new Uint8Array(size);
  let at = 0;
  for (const aggr of ORDER) {
    const body = bodies[aggr];
    if (body === undefined || body.bytes.length === 0) {
      out[at++] = 0;
      continue;
    }
    let rest = body.bytes.length;
    while (rest >= 128) {
      out[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    out[at++] = rest;
    out[at++] = body.encoding;
    out.set(body.bytes, at);
    at += body.bytes.length;
  }
  return out.slice(0, at);
}

function corrupt(aggr: Aggr, at: number, length: number): TsanosError {
  return new TsanosError(
    'corrupt',
    'corrupt-aggr-chunk',
    `split downsampled chunk of ${length} bytes: aggregate ${aggr} runs past its end at byte ${at}`,
    { aggr, at, length },
  );
}
