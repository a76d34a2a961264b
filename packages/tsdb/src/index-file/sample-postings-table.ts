import { crc32c } from '@tsanos/bytes';
import { corrupt } from '../cursor.ts';
import type { SyncRangeReader } from '../range-reader.ts';
import { GrowingBytes, GrowingU32 } from './growing.ts';
import type { SharedPostingsTable } from './postings-table.ts';
import { compareBytes, TableWindow } from './table-window.ts';

const SAMPLING = 32;
const WINDOW_BYTES = 1024 * 1024;
/** Entries walked between two pauses: about two milliseconds. */
const YIELD_ENTRIES = 4096;

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
export function* samplePostingsTable(
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

/** Reads the whole section, whose length field says `length`, with pauses; throws when its checksum is wrong. */
export function* checkTableCrc(reader: SyncRangeReader, length: number, what: string): Generator<undefined, void> {
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
