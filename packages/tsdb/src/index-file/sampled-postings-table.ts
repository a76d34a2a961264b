import type { SyncRangeReader } from '../range-reader.ts';
import type { PostingsRange, PostingsTable, SharedPostingsTable } from './postings-table.ts';
import { compareUtf8 } from '@tsanos/model';
import { compareBytes, TableWindow } from './table-window.ts';
import { samplePostingsTable } from './sample-postings-table.ts';

/** Read at once where many entries are walked. */
const WALK_BYTES = 64 * 1024;

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
    const steps = samplePostingsTable(reader, tableOffset, what);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return new SampledPostingsTable(reader, step.value, what);
    }
  }

  /** The same, letting others run in between. */
  static async readYielding(reader: SyncRangeReader, tableOffset: number, what: string): Promise<SampledPostingsTable> {
    const steps = samplePostingsTable(reader, tableOffset, what);
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
    this.#window = new TableWindow(reader, what, entriesEnd, lastAt - at < 4096 ? 4096 : WALK_BYTES);
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
