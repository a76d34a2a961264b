import { crc32c, snappyCompress, snappyStreamCompress, snappyStreamUncompress, snappyUncompress } from '@tsanos/bytes';
import { compareLabelBytes, createMatcher, decodeLabels, encodeLabels, labelBytesValue } from '@tsanos/model';
import { compressionByName, FrameReader, FrameWriter } from '@tsanos/rpc';
import { seriesBatchOf, seriesOf, xorChunkOf } from '@tsanos/series/testing';
import {
  decodeChunkedRead,
  decodeReadRequest,
  decodeSampledRead,
  encodeReadRequest,
  SeriesDecoder,
  SeriesFrameWriter,
} from '@tsanos/storeapi';
import { mutate } from '@tsanos/tsdb/testing';
import { randomBytes } from './mangle.ts';
import type { FuzzTarget } from './run-target.ts';

const LIMIT_BYTES = 1 << 20;

/** The readers of what comes over the network. */
export function wireTargets(): FuzzTarget[] {
  return [
    framesTarget('identity'),
    framesTarget('gzip'),
    framesTarget('snappy'),
    seriesTarget(),
    readRequestTarget(),
    chunkedReadTarget(),
    sampledReadTarget(),
    packedTarget('snappy block', snappyCompress, snappyUncompress),
    packedTarget('snappy stream', snappyStreamCompress, snappyStreamUncompress),
    labelTarget(),
  ];
}

const damaged =
  (good: Uint8Array): FuzzTarget['input'] =>
  (roll) =>
    roll(5) > 0 ? mutate(good, roll) : randomBytes(roll);

function someText(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i % 50 < 25 ? 97 + (i % 7) : i % 256));
}

/** The messages that a writer of series sends for a few of them. */
function seriesMessages(): Uint8Array {
  const series = Array.from({ length: 12 }, (_, i) =>
    seriesOf({ __name__: 'up', i: String(i).padStart(2, '0') }, [
      [1000, i],
      [2000, 1],
    ]),
  );
  const blocks: Uint8Array[] = [];
  const frames = new FrameWriter(undefined, (block) => blocks.push(block));
  const writer = new SeriesFrameWriter(frames, 6);
  writer.write(seriesBatchOf(...series));
  writer.flush();
  frames.flush();
  return Buffer.concat(blocks);
}

function framesTarget(encoding: 'identity' | 'gzip' | 'snappy'): FuzzTarget {
  const compression = compressionByName(encoding);
  const blocks: Uint8Array[] = [];
  const writer = new FrameWriter(compression, (block) => blocks.push(block));
  for (const size of [0, 5, 300]) writer.send(someText(size));
  writer.flush();
  const good = Buffer.concat(blocks);
  return {
    name: `gRPC frames, ${encoding}`,
    input: damaged(good),
    read: (bytes) => {
      const reader = new FrameReader(compression, LIMIT_BYTES);
      const half = bytes.length >> 1;
      reader.push(bytes.subarray(0, half), []);
      reader.push(bytes.subarray(half), []);
    },
  };
}

function seriesTarget(): FuzzTarget {
  // The first message, without its frame head.
  const framed = seriesMessages();
  const good = framed.subarray(5, 5 + new DataView(framed.buffer, framed.byteOffset).getUint32(1));
  return {
    name: 'SeriesResponse',
    input: damaged(good),
    read: (bytes) => {
      const decoder = new SeriesDecoder({ batch: () => undefined, warning: () => undefined, hints: () => undefined });
      decoder.message(bytes, 0, bytes.length);
      decoder.finish();
    },
  };
}

function readRequestTarget(): FuzzTarget {
  const query = {
    mint: 0,
    maxt: 1e12,
    matchers: [createMatcher('=', '__name__', 'up'), createMatcher('!~', 'a', 'b|c')],
  };
  return packedMessageTarget('remote read request', snappyUncompress(encodeReadRequest(query), LIMIT_BYTES), (body) => {
    decodeReadRequest(body);
  });
}

/** A length-delimited protobuf field. */
function field(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...uvarint(content.length)]), content]);
}

function uvarint(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...uvarint(n >>> 7)];
}

function chunkedReadTarget(): FuzzTarget {
  const chunk = xorChunkOf([
    [1000, 1],
    [2000, 2],
  ]);
  const wire = Buffer.concat([Buffer.from([0x08, 0xe8, 0x07, 0x10, 0xd0, 0x0f, 0x18, 0x01]), field(4, chunk.bytes)]);
  const series = [...'abc'].map((value) => field(1, Buffer.concat([encodeLabels([['l', value]]), field(2, wire)])));
  const message = Buffer.concat(series);
  const frame = (bytes: Uint8Array): Uint8Array => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32c(bytes));
    return Buffer.concat([Buffer.from(uvarint(bytes.length)), sum, bytes]);
  };
  return {
    name: 'remote read, streamed',
    input: (roll) => (roll(4) === 0 ? damaged(frame(message))(roll) : frame(damaged(message)(roll))),
    read: async (bytes) => {
      for await (const batch of decodeChunkedRead(chunksOf(bytes))) if (batch.count < 0) return;
    },
  };
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

function sampledReadTarget(): FuzzTarget {
  const sample = (t: number): Buffer => field(2, Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x10, t]));
  const series = [...'abc'].map((v) => field(1, Buffer.concat([encodeLabels([['l', v]]), sample(1), sample(2)])));
  return packedMessageTarget('remote read, samples', field(1, Buffer.concat(series)), (body) => {
    decodeSampledRead(body);
  });
}

/** A message in a snappy block: mostly the message is damaged, sometimes the block. */
function packedMessageTarget(name: string, message: Uint8Array, read: FuzzTarget['read']): FuzzTarget {
  const packed = snappyCompress(message);
  return {
    name,
    input: (roll) => (roll(4) === 0 ? damaged(packed)(roll) : snappyCompress(damaged(message)(roll))),
    read,
  };
}

function packedTarget(
  name: string,
  pack: (bytes: Uint8Array) => Uint8Array,
  unpack: (bytes: Uint8Array, maxBytes: number) => Uint8Array,
): FuzzTarget {
  const good = [10, 400, 5000].map((size) => pack(someText(size)));
  return {
    name,
    input: (roll) => damaged(good[roll(good.length)])(roll),
    read: (bytes) => void unpack(bytes, LIMIT_BYTES),
  };
}

function labelTarget(): FuzzTarget {
  const good = encodeLabels([
    ['__name__', 'http_requests_total'],
    ['code', ''],
    ['long', 'x'.repeat(200)],
    ['zone', 'é'],
  ]);
  return {
    name: 'label bytes',
    input: damaged(good),
    read: (bytes) => {
      compareLabelBytes(bytes, 0, bytes.length, good, 0, good.length);
      compareLabelBytes(good, 0, good.length, bytes, 0, bytes.length);
      labelBytesValue(bytes, 0, bytes.length, 'zone');
      decodeLabels(bytes);
    },
  };
}
