import { crc32c, snappyCompress, snappyUncompress, TsanosError } from '@tsanos/bytes';
import { SampleColumns, type Matcher } from '@tsanos/model';
import { encodeXor, Aggr, Encoding, SeriesBatchBuilder, type SeriesBatch } from '@tsanos/series';
import { matchersToWire } from './convert.ts';
import { codec } from './proto/codec.ts';
import type { WireMatcher } from './proto/messages.ts';
import { WireCursor } from './wire-cursor.ts';

// Prometheus' remote read, as a client: requests, and both forms of answers into SeriesBatch.

/** Largest frame of a streamed answer; what Prometheus' own readers take. */
const MAX_FRAME_BYTES = 50_000_000;
/** Largest answer in the samples form after decompression. */
const MAX_SAMPLES_BYTES = 2 ** 30;
/** Samples in a chunk made from the samples form, as Thanos' sidecar makes them. */
const CHUNK_SAMPLES = 120;
/** Bytes of frames after which a batch is given away. */
const BATCH_BYTES = 256 * 1024;

export const ReadResponseType = { SAMPLES: 0, STREAMED_XOR_CHUNKS: 1 } as const;

interface WireReadRequest {
  queries: { start_timestamp_ms: number; end_timestamp_ms: number; matchers: WireMatcher[] }[];
  accepted_response_types: number[];
}
const readRequest = codec<WireReadRequest>('prometheus_copy.ReadRequest');

/** One query, times in ms inclusive. */
export interface ReadQuery {
  readonly mint: number;
  readonly maxt: number;
  readonly matchers: readonly Matcher[];
}

/** The body of a remote read request (snappy block format) that prefers streamed chunks and takes samples. */
export function encodeReadRequest(query: ReadQuery): Uint8Array {
  return snappyCompress(
    readRequest.encode({
      queries: [
        { start_timestamp_ms: query.mint, end_timestamp_ms: query.maxt, matchers: matchersToWire(query.matchers) },
      ],
      accepted_response_types: [ReadResponseType.STREAMED_XOR_CHUNKS, ReadResponseType.SAMPLES],
    }),
  );
}

/** Undoes the snappy and protobuf of a request body; for test servers. */
export function decodeReadRequest(body: Uint8Array): WireReadRequest {
  return readRequest.decode(snappyUncompress(body, 32 * 1024 * 1024));
}

/**
 * Decodes a streamed answer (`application/x-streamed-protobuf`): frames of uvarint length, big-endian CRC-32C, message. Yields the
 * series in the order they come, their bytes where they were received; a long series comes in adjacent pieces. Aborting is up
 * to whoever owns `body`.
 */
export async function* decodeChunkedRead(body: AsyncIterable<Uint8Array>): AsyncGenerator<SeriesBatch> {
  const frames = new ReadFrames();
  const decoder = new ChunkedReadDecoder();
  let bytes = 0;
  for await (const chunk of body) {
    frames.push(chunk);
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      decoder.message(frame);
      bytes += frame.length;
      if (bytes < BATCH_BYTES && decoder.hasRoom) continue;
      bytes = 0;
      const batch = decoder.finish();
      if (batch !== undefined) yield batch;
    }
  }
  frames.end();
  const last = decoder.finish();
  if (last !== undefined) yield last;
}

/** Cuts a stream into frames, whatever the chunks it comes in. */
class ReadFrames {
  #rest: Uint8Array = new Uint8Array(0);
  /** Chunks of an unfinished frame, joined when it is complete. */
  #parts: Uint8Array[] = [];
  #have = 0;
  #need = 0;

  push(chunk: Uint8Array): void {
    this.#parts.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#need) return;
    this.#rest = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#need = 0;
  }

  /** The next whole frame's message, undefined when more bytes are wanted. */
  next(): Uint8Array | undefined {
    const { length } = this.#rest;
    if (length === 0) return undefined;
    let size = 0;
    let at = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= length) return this.#wait(at + 1);
      const byte = this.#rest[at++];
      size += (byte & 127) * factor;
      if (size > MAX_FRAME_BYTES || factor > 2 ** 28)
        throw broken(`a frame of ${size} bytes is larger than ${MAX_FRAME_BYTES}`);
      if (byte < 128) break;
    }
    if (length < at + 4 + size) return this.#wait(at + 4 + size);
    const rest = this.#rest;
    const want = ((rest[at] << 24) | (rest[at + 1] << 16) | (rest[at + 2] << 8) | rest[at + 3]) >>> 0;
    const message = rest.subarray(at + 4, at + 4 + size);
    if (crc32c(message) !== want) throw broken('checksum mismatch');
    this.#rest = rest.subarray(at + 4 + size);
    this.#have = this.#rest.length;
    return message;
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#have > 0) throw broken(`the stream ends within a frame, ${this.#have} bytes into it`);
  }

  #wait(need: number): undefined {
    this.#parts = [this.#rest];
    this.#have = this.#rest.length;
    this.#need = need;
    this.#rest = new Uint8Array(0);
    return undefined;
  }
}

/** Reads ChunkedReadResponse messages into batches. */
class ChunkedReadDecoder {
  readonly #in = new WireCursor('ChunkedReadResponse');
  #builder = new SeriesBatchBuilder();

  get hasRoom(): boolean {
    return this.#builder.hasRoomFor(1);
  }

  finish(): SeriesBatch | undefined {
    if (this.#builder.count === 0) return undefined;
    const batch = this.#builder.finish();
    this.#builder = new SeriesBatchBuilder();
    return batch;
  }

  message(message: Uint8Array): void {
    const cursor = this.#in;
    cursor.buffer = message;
    cursor.at = 0;
    while (cursor.at < message.length) {
      const tag = cursor.uvarint(message.length);
      if (tag === 0x0a) this.#series(cursor.end(cursor.uvarint(message.length), message.length));
      else cursor.skip(tag, message.length);
    }
  }

  #series(end: number): void {
    const cursor = this.#in;
    const labels = cursor.at;
    let labelsEnd = labels;
    while (cursor.at < end && cursor.buffer[cursor.at] === 0x0a) {
      cursor.at++;
      cursor.at = cursor.end(cursor.uvarint(end), end);
      labelsEnd = cursor.at;
    }
    this.#builder.series(cursor.buffer, labels, labelsEnd - labels);
    while (cursor.at < end) {
      const tag = cursor.uvarint(end);
      if (tag === 0x12) this.#chunk(cursor.end(cursor.uvarint(end), end));
      else if (tag === 0x0a) throw cursor.broken('labels after chunks');
      else cursor.skip(tag, end);
    }
  }

  #chunk(end: number): void {
    const cursor = this.#in;
    let mint = 0;
    let maxt = 0;
    let encoding = 0;
    let from = cursor.at;
    let length = 0;
    while (cursor.at < end) {
      const tag = cursor.uvarint(end);
      if (tag === 0x08) mint = cursor.int64(end);
      else if (tag === 0x10) maxt = cursor.int64(end);
      else if (tag === 0x18) encoding = Math.min(255, cursor.uvarint(end));
      else if (tag === 0x22) {
        length = cursor.uvarint(end);
        from = cursor.at;
        cursor.at = cursor.end(length, end);
      } else cursor.skip(tag, end);
    }
    this.#builder.chunk(cursor.buffer, from, length, mint, maxt, encoding, Aggr.RAW);
  }
}

/** What the samples form holds. */
export interface SampledRead {
  readonly batch: SeriesBatch;
  /** Native histogram samples that this form carries and that were left out. */
  readonly droppedHistograms: number;
}

/**
 * Decodes an answer in the samples form (a snappy block of ReadResponse), for servers that do not stream: samples become XOR chunks
 * of at most 120; series without samples are left out.
 */
export function decodeSampledRead(body: Uint8Array): SampledRead {
  return new SampledReadDecoder(snappyUncompress(body, MAX_SAMPLES_BYTES)).read();
}

class SampledReadDecoder {
  readonly #in = new WireCursor('ReadResponse');
  readonly #view: DataView;
  readonly #builder = new SeriesBatchBuilder();
  readonly #samples = new SampleColumns();
  #histograms = 0;

  constructor(message: Uint8Array) {
    this.#in.buffer = message;
    this.#view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  }

  read(): SampledRead {
    const cursor = this.#in;
    const { length } = cursor.buffer;
    this.#each(length, 0x0a, (result) => this.#each(result, 0x0a, (series) => this.#series(series)));
    return { batch: this.#builder.finish(), droppedHistograms: this.#histograms };
  }

  /** Runs `read` for each field with that tag up to `end`; it must consume the field up to the end it is given. */
  #each(end: number, tag: number, read: (end: number) => void): void {
    const cursor = this.#in;
    while (cursor.at < end) {
      const found = cursor.uvarint(end);
      if (found === tag) read(cursor.end(cursor.uvarint(end), end));
      else cursor.skip(found, end);
    }
  }

  #series(end: number): void {
    const cursor = this.#in;
    const labels = cursor.at;
    let labelsEnd = labels;
    this.#samples.clear();
    while (cursor.at < end) {
      const tag = cursor.uvarint(end);
      if (tag === 0x0a) {
        cursor.at = cursor.end(cursor.uvarint(end), end);
        labelsEnd = cursor.at;
      } else if (tag === 0x12) this.#sample(cursor.end(cursor.uvarint(end), end));
      else {
        if (tag === 0x22) this.#histograms++;
        cursor.skip(tag, end);
      }
    }
    const { n, t, w } = this.#samples;
    if (n === 0) return;
    this.#builder.series(cursor.buffer, labels, labelsEnd - labels);
    for (let from = 0; from < n; from += CHUNK_SAMPLES) {
      const to = Math.min(n, from + CHUNK_SAMPLES);
      const bytes = encodeXor(t, w, from, to);
      this.#builder.chunk(bytes, 0, bytes.length, t[from], t[to - 1], Encoding.XOR, Aggr.RAW);
    }
  }

  /** Value bits are copied as words: a stale marker is among them. */
  #sample(end: number): void {
    const cursor = this.#in;
    const samples = this.#samples;
    samples.reserve(1);
    const i = samples.n++;
    samples.t[i] = 0;
    samples.v[i] = 0;
    while (cursor.at < end) {
      const tag = cursor.uvarint(end);
      if (tag === 0x10) samples.t[i] = cursor.int64(end);
      else if (tag === 0x09) {
        const { at } = cursor;
        cursor.at = cursor.end(8, end);
        samples.w[2 * i] = this.#view.getInt32(at, true);
        samples.w[2 * i + 1] = this.#view.getInt32(at + 4, true);
      } else cursor.skip(tag, end);
    }
  }
}

function broken(what: string): TsanosError {
  return new TsanosError('corrupt', 'bad-remote-read', `read the streamed remote read answer: ${what}`);
}
