import { compareUtf8 } from '@tsanos/model';
import { corrupt, Cursor } from '../cursor.ts';
import type { SyncRangeReader } from '../range-reader.ts';
import type { PostingsRange, PostingsTable } from './postings-table.ts';
import { checkTableCrc } from './sample-postings-table.ts';

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
