import { ByteWriter, crc32c, ProtoWriter } from '@tsanos/bytes';
import { encodeLabels, type Labels } from '@tsanos/model';
import { xorChunkOf } from '@tsanos/series/testing';

// Both forms of an answer to remote read, as a Prometheus writes them.

/** A chunk as it goes over the wire. */
export interface FakeChunk {
  readonly mint: number;
  readonly maxt: number;
  /** 1 XOR, 2 histogram, 3 float histogram, more to come. */
  readonly type: number;
  readonly data: Uint8Array;
}

interface Answered {
  readonly labels: Labels;
  readonly samples: readonly (readonly [t: number, v: number])[];
  readonly chunks?: readonly FakeChunk[];
}

/** Samples of a chunk as a head cuts them. */
const CHUNK_SAMPLES = 120;

/** ReadResponse of one query. */
export function sampledResponse(series: readonly Answered[]): Uint8Array {
  const result = new ProtoWriter();
  for (const { labels, samples } of series) {
    const message = new ProtoWriter().bytes(encodeLabels(labels));
    for (const [t, v] of samples) message.message(2, new ProtoWriter().tag(1, 1).double(v).int64Field(2, t).finish());
    result.message(1, message.finish());
  }
  return new ProtoWriter().message(1, result.finish()).finish();
}

/** One frame: ChunkedReadResponse with one series. */
export function chunkedFrame({ labels, samples, chunks }: Answered): Uint8Array {
  const series = new ProtoWriter().bytes(encodeLabels(labels));
  for (const { mint, maxt, type, data } of chunks ?? xorChunks(samples)) {
    const chunk = new ProtoWriter().int64Field(1, mint).int64Field(2, maxt).int64Field(3, type).bytesField(4, data);
    series.message(2, chunk.finish());
  }
  const message = new ProtoWriter().message(1, series.finish()).finish();
  return new ByteWriter().uvarint(message.length).u32be(crc32c(message)).bytes(message).finish();
}

function xorChunks(samples: Answered['samples']): FakeChunk[] {
  const out: FakeChunk[] = [];
  for (let from = 0; from < samples.length; from += CHUNK_SAMPLES) {
    const part = samples.slice(from, from + CHUNK_SAMPLES);
    out.push({ mint: part[0][0], maxt: part[part.length - 1][0], type: 1, data: xorChunkOf(part).bytes });
  }
  return out;
}
