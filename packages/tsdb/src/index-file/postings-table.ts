import { crc32c } from '@tsanos/bytes';
import { compareUtf8 } from '@tsanos/model';
import { corrupt, Cursor } from '../cursor.ts';
import type { SyncRangeReader } from '../range-reader.ts';
import { GrowingBytes, GrowingU32 } from './growing.ts';

const SAMPLING = 32;
const WINDOW_BYTES = 1024 * 1024;
/** Entries walked between two pauses: about two milliseconds. */
const YIELD_ENTRIES = 4096;

/** Where the entry count and the references of a postings list lie in the index file, without length and checksum. */
export interface PostingsRange {
  readonly start: number;
  /** Exclusive. For the last entry of the table other sections can lie in between: trust the entry count. */
  readonly end: number;
}

/** What every form of the table answers; names and values are in UTF-8 byte order. */
export interface PostingsTable {
  /** Without the empty name that stands for all series. */
  labelNames(): readonly string[];
  /** Values of a name that pass `filter` and begin with `prefix`. */
  labelValues(name: string, filter?: (value: string) => boolean, prefix?: string): string[];
  /** The postings of one pair; ('', '') = all series. */
  range(name: string, value: string): PostingsRange | undefined;
  /** The same for many values; one pass when they ascend. */
  ranges(name: string, values: readonly string[]): (PostingsRange | undefined)[];
}

/** The parts of a `SampledPostingsTable` that threads can share. */
export interface SharedPostingsTable {
  /** Position in the table's bytes of every 32nd entry of a name, and of its last one. */
  readonly sampleAt: Uint32Array;
  /** Where the value of sample `i` ends in `values`; it begins where the one before ends. */
  readonly valueEnd: Uint32Array;
  readonly values: Uint8Array;
  /** Name `i` has samples `nameFrom[i]` to `nameFrom[i + 1]`. */
  readonly names: readonly string[];
  readonly nameFrom: Uint32Array;
  /** End of the last entry in the table's bytes. */
  readonly entriesEnd: number;
  /** Where the table lies in the index file: nothing of a postings list comes after it. */
  readonly tableOffset: number;
}

/**
 * The postings offset table of a format 2 index: every 32nd value of each name in memory, the rest read where it lies when somebody asks.
 * The table's bytes are the section from its length field on.
 */
export class SampledPostingsTable implements PostingsTable {
  readonly #reader: SyncRangeReader;
  readonly #shared: SharedPostingsTable;
  readonly #nameIndex = new Map<string, number>();
  readonly #what: string;

  private constructor(reader: SyncRangeReader, shared: SharedPostingsTable, what: string) {
    this.#reader = reader;
    this.#shared = shared;
    this.#what = what;
    shared.names.forEach((name, i) => this.#nameIndex.set(name, i));
  }

  /** Walks the table once, in pieces, and checks its checksum. `tableOffset` is its place in the index file. */
  static read(reader: SyncRangeReader, tableOffset: number, what: string): SampledPostingsTable {
    const steps = sampling(reader, tableOffset, what);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return new SampledPostingsTable(reader, step.value, what);
    }
  }

  /** The same, letting others run in between. */
  static async readYielding(reader: SyncRangeReader, tableOffset: number, what: string): Promise<SampledPostingsTable> {
    const steps = sampling(reader, tableOffset, what);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return new SampledPostingsTable(reader, step.value, what);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The same table in another thread. */
  static from(reader: SyncRangeReader, shared: SharedPostingsTable, what: string): SampledPostingsTable {
    return new SampledPostingsTable(reader, shared, what);
  }

  get shared(): SharedPostingsTable {
    return this.#shared;
  }

  labelNames(): readonly string[] {
    return this.#shared.names.filter((name) => name !== '');
  }

  labelValues(name: string, filter?: (value: string) => boolean, prefix = ''): string[] {
    const found: string[] = [];
    const index = this.#nameIndex.get(name);
    if (index === undefined) return found;
    const { nameFrom } = this.#shared;
    const from = prefix === '' ? nameFrom[index] : this.#lastSampleUpTo(index, Buffer.from(prefix));
    const walk = this.#walk(index, from);
    while (walk.next()) {
      const value = walk.text();
      if (prefix !== '' && !value.startsWith(prefix)) {
        if (compareUtf8(value, prefix) > 0) break;
        continue;
      }
      if (filter === undefined || filter(value)) found.push(value);
    }
    return found;
  }

  range(name: string, value: string): PostingsRange | undefined {
    return this.ranges(name, [value])[0];
  }

  ranges(name: string, values: readonly string[]): (PostingsRange | undefined)[] {
    const found: (PostingsRange | undefined)[] = values.map(() => undefined);
    const index = this.#nameIndex.get(name);
    if (index === undefined) return found;
    let walk: EntryWalk | undefined;
    let walkSample = -1;
    let before: Buffer | undefined;
    values.forEach((value, i) => {
      const wanted = Buffer.from(value);
      const sample = this.#lastSampleUpTo(index, wanted);
      const backwards = before !== undefined && before.compare(wanted) > 0;
      before = wanted;
      if (walk === undefined || walk.done || backwards || sample > walkSample) {
        walk = this.#walk(index, sample);
        walk.next();
        walkSample = sample;
      }
      let order = walk.compare(wanted);
      while (order < 0 && walk.next()) order = walk.compare(wanted);
      if (order === 0 && !walk.done) found[i] = walk.range();
    });
    return found;
  }

  /** The last sample of a name whose value is not above `wanted`; the name's first one when all are. */
  #lastSampleUpTo(index: number, wanted: Uint8Array): number {
    const { nameFrom, valueEnd, values } = this.#shared;
    let low = nameFrom[index];
    let high = nameFrom[index + 1];
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      const start = middle === 0 ? 0 : valueEnd[middle - 1];
      if (compareBytes(values, start, valueEnd[middle], wanted, 0, wanted.length) <= 0) low = middle;
      else high = middle;
    }
    return low;
  }

  #walk(index: number, sample: number): EntryWalk {
    const { sampleAt, nameFrom, names, entriesEnd, tableOffset } = this.#shared;
    const last = sampleAt[nameFrom[index + 1] - 1];
    return new EntryWalk(this.#reader, this.#what, names[index], sampleAt[sample], last, entriesEnd, tableOffset);
  }
}

/** Steps through the entries of one name, from a sample to the name's last entry. */
class EntryWalk {
  done = false;
  readonly #window: TableWindow;
  readonly #nameBytes: number;
  readonly #lastAt: number;
  readonly #entriesEnd: number;
  readonly #tableOffset: number;
  #at: number;
  #valueStart = 0;
  #valueEnd = 0;
  #offset = 0;

  constructor(
    reader: SyncRangeReader,
    what: string,
    name: string,
    at: number,
    lastAt: number,
    entriesEnd: number,
    tableOffset: number,
  ) {
    this.#window = new TableWindow(reader, what, entriesEnd, lastAt - at < 4096 ? 4096 : WINDOW_BYTES / 16);
    this.#nameBytes = Buffer.byteLength(name);
    this.#at = at;
    this.#lastAt = lastAt;
    this.#entriesEnd = entriesEnd;
    this.#tableOffset = tableOffset;
  }

  /** Goes to the next entry; false, and nothing to see, after the last one. */
  next(): boolean {
    if (this.done || this.#at > this.#lastAt) {
      this.done = true;
      return false;
    }
    const cursor = this.#window.entry(this.#at);
    const begin = cursor.position;
    cursor.skip(1);
    const name = cursor.uvarint();
    if (name !== this.#nameBytes) throw cursor.error('read postings table: entries of a name are not together');
    cursor.skip(name);
    const length = cursor.uvarint();
    this.#valueStart = cursor.skip(length);
    this.#valueEnd = cursor.position;
    this.#offset = cursor.uvarint();
    this.#at += cursor.position - begin;
    return true;
  }

  text(): string {
    return this.#window.buffer.toString('utf8', this.#valueStart, this.#valueEnd);
  }

  compare(wanted: Uint8Array): number {
    return compareBytes(this.#window.buffer, this.#valueStart, this.#valueEnd, wanted, 0, wanted.length);
  }

  /** The postings of this entry: up to the list of the next one. */
  range(): PostingsRange {
    return { start: this.#offset + 4, end: this.#nextOffset() - 4 };
  }

  #nextOffset(): number {
    if (this.#at >= this.#entriesEnd) return this.#tableOffset;
    // The window may move: what was seen of the entry before is gone then, so go back to it.
    const cursor = this.#window.entry(this.#at, this.#valueStart);
    this.#valueStart += this.#window.moved;
    this.#valueEnd += this.#window.moved;
    cursor.skip(1);
    cursor.skip(cursor.uvarint());
    cursor.skip(cursor.uvarint());
    return cursor.uvarint();
  }
}

/** A piece of the table in memory, moved along as entries are asked for. Positions in it are relative to the piece. */
class TableWindow {
  buffer: Buffer = Buffer.alloc(0);
  /** By how much positions changed at the last `entry`. */
  moved = 0;
  #start = 0;
  readonly #reader: SyncRangeReader;
  readonly #end: number;
  readonly #bytes: number;
  readonly #cursor: Cursor;
  readonly #what: string;

  constructor(reader: SyncRangeReader, what: string, end: number, bytes: number) {
    this.#reader = reader;
    this.#end = end;
    this.#bytes = bytes;
    this.#what = what;
    this.#cursor = new Cursor(`${what}: read postings table`);
  }

  /**
   * A cursor at the entry that lies at `at` of the table, all of it in memory. Bytes of the window from position `keepFrom` on
   * stay in it.
   */
  entry(at: number, keepFrom?: number): Cursor {
    this.moved = 0;
    if (!this.#holds(at)) this.#move(at, keepFrom);
    this.#cursor.reset(this.buffer, at - this.#start, this.buffer.length);
    return this.#cursor;
  }

  #holds(at: number): boolean {
    const from = at - this.#start;
    if (from < 0 || from >= this.buffer.length) return false;
    return this.#start + this.buffer.length === this.#end || entryEnd(this.buffer, from) <= this.buffer.length;
  }

  #move(at: number, keepFrom?: number): void {
    const start = keepFrom === undefined ? at : this.#start + keepFrom;
    let length = Math.max(this.#bytes, at - start + this.#bytes);
    for (;;) {
      const bytes = this.#reader.readSync(start, Math.min(length, this.#end - start));
      if (bytes.length < Math.min(length, this.#end - start))
        throw corrupt(this.#what, 'read postings table: invalid size');
      const before = this.#start;
      this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#start = start;
      if (keepFrom !== undefined) this.moved = before - start;
      if (this.#holds(at) || start + length >= this.#end) return;
      length *= 2;
    }
  }
}

/** Where the entry at `at` ends, Infinity when it or one of its lengths is cut. */
function entryEnd(bytes: Uint8Array, at: number): number {
  let position = at + 1;
  for (let part = 0; part < 2; part++) {
    let length = 0;
    let factor = 1;
    for (;;) {
      if (position >= bytes.length) return Infinity;
      const byte = bytes[position++];
      length += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    position += length;
    if (position >= bytes.length) return Infinity;
  }
  while (position < bytes.length) if (bytes[position++] < 0x80) return position;
  return Infinity;
}

function compareBytes(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number, bTo: number): number {
  const n = Math.min(aTo - aFrom, bTo - bFrom);
  for (let i = 0; i < n; i++) {
    const difference = a[aFrom + i] - b[bFrom + i];
    if (difference !== 0) return difference;
  }
  return aTo - aFrom - (bTo - bFrom);
}

/** A string of bytes in a buffer. */
class Place {
  bytes: Uint8Array = new Uint8Array(0);
  from = 0;
  to = 0;

  set(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  compare(bytes: Uint8Array, from: number, to: number): number {
    return compareBytes(this.bytes, this.from, this.to, bytes, from, to);
  }
}

/** One pass over all entries, with pauses; checks the section's size, checksum and order. */
function* sampling(
  reader: SyncRangeReader,
  tableOffset: number,
  what: string,
): Generator<undefined, SharedPostingsTable> {
  const head = reader.readSync(0, 8);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = head.length < 8 ? -1 : view.getUint32(0);
  if (length < 4 || length + 8 > reader.size) throw corrupt(what, 'read postings table: invalid size');
  const count = view.getUint32(4);
  const entriesEnd = 4 + length;
  yield* checkTableCrc(reader, length, what);
  if (count > (length - 4) / 4)
    throw corrupt(what, `read postings table: ${count} entries do not fit into ${length} bytes`);

  const sampleAt = new GrowingU32();
  const valueEnd = new GrowingU32();
  const values = new GrowingBytes();
  const nameFrom = new GrowingU32();
  const names: string[] = [];
  const window = new TableWindow(reader, what, entriesEnd, WINDOW_BYTES);
  // Windows are never written again, so places in them stay good when the window has moved on.
  const name = new Place();
  const last = new Place();
  let inName = 0;
  let lastSampled = true;
  let at = 8;
  let lastAt = 8;
  const keep = (position: number, place: Place): void => {
    sampleAt.push(position);
    values.append(place.bytes, place.from, place.to);
    valueEnd.push(values.length);
  };
  for (let i = 0; i < count; i++) {
    if (i % YIELD_ENTRIES === YIELD_ENTRIES - 1) yield;
    const cursor = window.entry(at);
    const begin = cursor.position;
    const keys = cursor.uvarint();
    if (keys !== 2) throw cursor.error(`read postings table: ${keys} keys in an entry, want 2`);
    const nameLength = cursor.uvarint();
    const nameStart = cursor.skip(nameLength);
    const valueLength = cursor.uvarint();
    const valueStart = cursor.skip(valueLength);
    const offset = cursor.uvarint();
    if (offset > tableOffset) throw cursor.error(`read postings table: offset ${offset} lies after the table`);
    const { buffer } = window;
    const order = names.length === 0 ? -1 : name.compare(buffer, nameStart, nameStart + nameLength);
    if (order > 0) throw cursor.error('read postings table: names are out of order');
    if (order < 0) {
      // The last entry of a name is kept as well: it bounds the name.
      if (!lastSampled) keep(lastAt, last);
      name.set(buffer, nameStart, nameStart + nameLength);
      names.push(buffer.toString('utf8', nameStart, nameStart + nameLength));
      nameFrom.push(sampleAt.length);
      inName = 0;
    } else if (last.compare(buffer, valueStart, valueStart + valueLength) >= 0) {
      throw cursor.error('read postings table: values are out of order');
    }
    last.set(buffer, valueStart, valueStart + valueLength);
    lastSampled = inName % SAMPLING === 0;
    if (lastSampled) keep(at, last);
    inName++;
    lastAt = at;
    at += cursor.position - begin;
  }
  if (!lastSampled) keep(lastAt, last);
  nameFrom.push(sampleAt.length);
  return {
    sampleAt: sampleAt.shared(),
    valueEnd: valueEnd.shared(),
    values: values.shared(),
    names,
    nameFrom: nameFrom.shared(),
    entriesEnd: at,
    tableOffset,
  };
}

function* checkTableCrc(reader: SyncRangeReader, length: number, what: string): Generator<undefined, void> {
  let crc = 0;
  const end = 4 + length;
  for (let at = 4; at < end; at += WINDOW_BYTES) {
    const bytes = reader.readSync(at, Math.min(WINDOW_BYTES, end - at));
    crc = crc32c(bytes, 0, bytes.length, crc);
    yield;
  }
  const stored = reader.readSync(end, 4);
  if (stored.length < 4 || new DataView(stored.buffer, stored.byteOffset).getUint32(0) !== crc) {
    throw corrupt(what, 'read postings table: invalid checksum');
  }
}

/** The table of a format 1 index, which need not be sorted: all of it in memory. */
export class MapPostingsTable implements PostingsTable {
  readonly #names = new Map<string, Map<string, PostingsRange>>();

  /** `bytes` is the section from its length field on. */
  static read(reader: SyncRangeReader, tableOffset: number, what: string): MapPostingsTable {
    const head = reader.readSync(0, 8);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const length = head.length < 8 ? -1 : view.getUint32(0);
    if (length < 4 || length + 8 > reader.size) throw corrupt(what, 'read postings table: invalid size');
    for (const steps = checkTableCrc(reader, length, what); steps.next().done !== true;);
    const bytes = reader.readSync(8, length - 4);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const cursor = new Cursor(`${what}: read postings table`, bytes);
    const take = (): string => {
      const n = cursor.uvarint();
      const start = cursor.skip(n);
      return text.toString('utf8', start, start + n);
    };
    const entries: { name: string; value: string; offset: number }[] = [];
    for (let i = view.getUint32(4); i > 0; i--) {
      if (cursor.uvarint() !== 2) throw cursor.error('an entry without two keys');
      entries.push({ name: take(), value: take(), offset: cursor.uvarint() });
    }
    const table = new MapPostingsTable();
    entries.forEach(({ name, value, offset }, i) => {
      let values = table.#names.get(name);
      if (values === undefined) table.#names.set(name, (values = new Map()));
      const next = i + 1 < entries.length ? entries[i + 1].offset : tableOffset;
      // Out of order, the next list tells nothing: the entry count alone does.
      values.set(value, { start: offset + 4, end: next > offset ? next - 4 : tableOffset });
    });
    return table;
  }

  labelNames(): readonly string[] {
    return [...this.#names.keys()].filter((name) => name !== '').sort(compareUtf8);
  }

  labelValues(name: string, filter?: (value: string) => boolean, prefix = ''): string[] {
    const values = [...(this.#names.get(name)?.keys() ?? [])].sort(compareUtf8);
    return values.filter((value) => value.startsWith(prefix) && (filter === undefined || filter(value)));
  }

  range(name: string, value: string): PostingsRange | undefined {
    return this.#names.get(name)?.get(value);
  }

  ranges(name: string, values: readonly string[]): (PostingsRange | undefined)[] {
    return values.map((value) => this.range(name, value));
  }
}
