import { rmSync } from 'node:fs';
import { ByteWriter, crc32c, TsanosError } from '@tsanos/bytes';
import { compareLabelBytes, compareUtf8, LabelCursor } from '@tsanos/model';
import { FileSink } from './file-sink.ts';
import { GrowingBytes, GrowingU32 } from './growing.ts';
import { encodeToc, INDEX_MAGIC } from './toc.ts';

/** Time range and place of a chunk of a series, in order of time. */
export interface ChunkEntry {
  /** First and last sample, ms, both included. */
  readonly mint: number;
  readonly maxt: number;
}

/** Symbols are numbered below this while a block is being written. */
const MAX_SYMBOLS = 2 ** 26;
/** Lists up to this many ids are put together number by number, longer ones by swapping all bytes at once. */
const SMALL_LIST = 64;

/**
 * Writes an index file (format 2) from series in label order. The symbol table comes first in the file but is complete only at the
 * end, so chunk entries wait in a spool file beside it; in memory stay the distinct strings and four bytes a label of a series.
 */
export class IndexWriter {
  readonly #path: string;
  readonly #spoolPath: string;
  readonly #spool: FileSink;
  readonly #symbols = new Map<string, number>();
  readonly #pairs = new Map<number, number>();
  readonly #pairName = new GrowingU32();
  readonly #pairValue = new GrowingU32();
  /** Pairs of all series, one after the other. */
  readonly #seriesPairs = new GrowingU32(1024);
  readonly #seriesLabels = new GrowingU32(1024);
  readonly #spoolLength = new GrowingU32(1024);
  readonly #entry = new ByteWriter(1024);
  /** Labels of the series before. */
  readonly #last = new GrowingBytes();
  #lastRef = 0;

  /** `symbols` are in the symbol table whether a series uses them or not. */
  constructor(path: string, symbols: Iterable<string> = ['']) {
    this.#path = path;
    this.#spoolPath = `${path}.spool`;
    this.#spool = new FileSink(this.#spoolPath);
    for (const symbol of symbols) this.#symbol(symbol);
  }

  get seriesCount(): number {
    return this.#seriesLabels.length;
  }

  /**
   * Adds a series: its labels in the protobuf form of `SeriesBatch`, its chunks ascending and apart in time, `refs[i]` where chunk `i` lies. Labels
   * must come after those of the series before.
   */
  addSeries(labels: Uint8Array, chunks: readonly ChunkEntry[], refs: readonly number[]): void {
    const last = this.#last;
    if (this.seriesCount > 0 && compareLabelBytes(last.bytes, 0, last.length, labels, 0, labels.length) >= 0) {
      throw new TsanosError(
        'bad-input',
        'series-out-of-order',
        'write index: a series does not come after the one before it in label order',
      );
    }
    last.length = 0;
    last.append(labels);
    this.#seriesLabels.push(this.#addLabels(labels));
    const entry = this.#entry;
    entry.clear();
    this.#encodeChunks(chunks, refs);
    this.#spool.write(entry.view());
    this.#spoolLength.push(entry.length);
  }

  /** Writes the file. */
  finish(): void {
    const sink = new FileSink(this.#path);
    try {
      const ordinals = this.#writeSymbols(sink);
      const seriesStart = sink.position;
      const ids = this.#writeSeries(sink, ordinals);
      const seriesEnd = sink.position;
      const table = this.#writePostings(sink, ordinals, ids);
      const tableStart = sink.position;
      section(sink, table.view());
      sink.write(
        encodeToc({
          symbols: 5,
          series: seriesStart,
          labelIndices: seriesEnd,
          labelOffsetTable: tableStart,
          postings: seriesEnd,
          postingsOffsetTable: tableStart,
        }),
      );
      sink.finish();
    } finally {
      sink.close();
      this.abort();
    }
  }

  /** Removes the spool file. */
  abort(): void {
    this.#spool.close();
    rmSync(this.#spoolPath, { force: true });
  }

  #symbol(text: string): number {
    let id = this.#symbols.get(text);
    if (id === undefined) {
      id = this.#symbols.size;
      if (id >= MAX_SYMBOLS)
        throw new TsanosError(
          'limit',
          'too-many-symbols',
          `write index: more than ${MAX_SYMBOLS} distinct label strings`,
        );
      this.#symbols.set(text, id);
    }
    return id;
  }

  #addLabels(labels: Uint8Array): number {
    const text = Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength);
    const cursor = new LabelCursor(labels, 0, labels.length);
    let count = 0;
    while (cursor.next()) {
      const name = this.#symbol(text.toString('utf8', cursor.nameStart, cursor.nameEnd));
      const value = this.#symbol(text.toString('utf8', cursor.valueStart, cursor.valueEnd));
      const key = name * MAX_SYMBOLS + value;
      let pair = this.#pairs.get(key);
      if (pair === undefined) {
        pair = this.#pairs.size;
        this.#pairs.set(key, pair);
        this.#pairName.push(name);
        this.#pairValue.push(value);
      }
      this.#seriesPairs.push(pair);
      count++;
    }
    if (count === 0) throw new TsanosError('bad-input', 'no-labels', 'write index: a series has no labels');
    return count;
  }

  #encodeChunks(chunks: readonly ChunkEntry[], refs: readonly number[]): void {
    const entry = this.#entry;
    entry.uvarint(chunks.length);
    let maxt = 0;
    for (let i = 0; i < chunks.length; i++) {
      const chunk = chunks[i];
      if (chunk.maxt < chunk.mint || (i > 0 && chunk.mint <= maxt) || refs[i] < this.#lastRef) {
        throw new TsanosError(
          'bad-input',
          'chunks-out-of-order',
          `write index: chunk ${i} of a series (${chunk.mint} to ${chunk.maxt}) is out of order`,
        );
      }
      if (i === 0) entry.varint(chunk.mint);
      else entry.uvarint(chunk.mint - maxt);
      entry.uvarint(chunk.maxt - chunk.mint);
      if (i === 0) entry.uvarint(refs[0]);
      else entry.varint(refs[i] - this.#lastRef);
      maxt = chunk.maxt;
      this.#lastRef = refs[i];
    }
  }

  /** Returns the number each symbol got in the file. */
  #writeSymbols(sink: FileSink): Uint32Array {
    sink.write(new ByteWriter(5).u32be(INDEX_MAGIC).view());
    sink.write(Uint8Array.of(2));
    const sorted = [...this.#symbols.keys()].sort(compareUtf8);
    const ordinals = new Uint32Array(sorted.length);
    const body = new ByteWriter(sorted.length * 16 + 16).u32be(sorted.length);
    sorted.forEach((symbol, i) => {
      ordinals[this.#symbols.get(symbol) ?? 0] = i;
      body.uvarint(Buffer.byteLength(symbol)).string(symbol);
    });
    section(sink, body.view());
    return ordinals;
  }

  /** Returns the id of each series. */
  #writeSeries(sink: FileSink, ordinals: Uint32Array): Uint32Array {
    const ids = new Uint32Array(this.seriesCount);
    const pairs = this.#seriesPairs.values;
    const body = new ByteWriter(1024);
    const frame = new ByteWriter(16);
    let at = 0;
    this.#spool.readBack(this.#spoolLength.view(), (chunks, i) => {
      body.clear();
      const count = this.#seriesLabels.values[i];
      body.uvarint(count);
      for (let k = 0; k < count; k++) {
        const pair = pairs[at++];
        body.uvarint(ordinals[this.#pairName.values[pair]]).uvarint(ordinals[this.#pairValue.values[pair]]);
      }
      body.bytes(chunks);
      sink.align(16);
      const id = sink.position / 16;
      if (id > 0xffffffff) throw new TsanosError('limit', 'index-too-large', 'write index: larger than 64 GiB');
      ids[i] = id;
      frame.clear();
      sink.write(frame.uvarint(body.length).view());
      const bytes = body.view();
      sink.write(bytes);
      frame.clear();
      sink.write(frame.u32be(crc32c(bytes)).view());
    });
    return ids;
  }

  /** Writes all lists and returns the body of the postings offset table. */
  #writePostings(sink: FileSink, ordinals: Uint32Array, ids: Uint32Array): ByteWriter {
    const pairCount = this.#pairName.length;
    const { start, refs } = this.#group(ids);
    const key = (pair: number): number =>
      ordinals[this.#pairName.values[pair]] * MAX_SYMBOLS + ordinals[this.#pairValue.values[pair]];
    const order = Uint32Array.from({ length: pairCount }, (_, i) => i).sort((a, b) => key(a) - key(b));
    const texts = [...this.#symbols.keys()];
    const table = new ByteWriter(64 * pairCount + 64).u32be(pairCount + 1);
    const small = new ByteWriter(4 * SMALL_LIST + 16);
    const entry = (name: string, value: string, list: Uint32Array): void => {
      sink.align(4);
      table
        .u8(2)
        .uvarint(Buffer.byteLength(name))
        .string(name)
        .uvarint(Buffer.byteLength(value))
        .string(value)
        .uvarint(sink.position);
      writePostings(sink, list, small);
    };
    entry('', '', ids);
    for (const pair of order) {
      entry(
        texts[this.#pairName.values[pair]],
        texts[this.#pairValue.values[pair]],
        refs.subarray(start[pair], start[pair + 1]),
      );
    }
    return table;
  }

  /** The series ids of each pair: `refs[start[p]..start[p + 1])`; a counting sort, so they ascend. */
  #group(ids: Uint32Array): { start: Uint32Array; refs: Uint32Array } {
    const pairs = this.#seriesPairs.view();
    const start = new Uint32Array(this.#pairName.length + 1);
    for (const pair of pairs) start[pair + 1]++;
    for (let i = 1; i < start.length; i++) start[i] += start[i - 1];
    const next = start.slice();
    const refs = new Uint32Array(pairs.length);
    let at = 0;
    for (let i = 0; i < ids.length; i++) {
      for (let k = this.#seriesLabels.values[i]; k > 0; k--) refs[next[pairs[at++]]++] = ids[i];
    }
    return { start, refs };
  }
}

/** A list with its length and checksum; `small` is scratch. Most lists of a large block have few ids. */
function writePostings(sink: FileSink, list: Uint32Array, small: ByteWriter): void {
  if (list.length > SMALL_LIST) {
    const words = new Uint32Array(list.length + 1);
    words[0] = list.length;
    words.set(list, 1);
    section(sink, Buffer.from(words.buffer).swap32());
    return;
  }
  small.clear();
  small.u32be(4 + 4 * list.length).u32be(list.length);
  for (const id of list) small.u32be(id);
  sink.write(small.u32be(crc32c(small.view(), 4)).view());
}

/** Length, body, checksum. */
function section(sink: FileSink, body: Uint8Array): void {
  const frame = new ByteWriter(8);
  sink.write(frame.u32be(body.length).view());
  sink.write(body);
  frame.clear();
  sink.write(frame.u32be(crc32c(body)).view());
}
