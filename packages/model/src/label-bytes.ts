import { ByteWriter, TsanosError } from '@tsanos/bytes';
import { Labels, type Label } from './labels.ts';

const decoder = new TextDecoder('utf-8');
const encoder = new TextEncoder();

/** The protobuf bytes of a label set as `SeriesBatch` holds them: each label `0x0a len {0x0a n name 0x12 n value}`. */
export function encodeLabels(labels: Iterable<Label>): Uint8Array {
  const out = new ByteWriter(128);
  const inner = new ByteWriter(64);
  for (const [name, value] of labels) {
    inner.clear();
    field(inner, 0x0a, name);
    field(inner, 0x12, value);
    out.u8(0x0a).uvarint(inner.length).bytes(inner.view());
  }
  return out.finish();
}

function field(out: ByteWriter, tag: number, text: string): void {
  if (text === '') return;
  const bytes = encoder.encode(text);
  out.u8(tag).uvarint(bytes.length).bytes(bytes);
}

/**
 * Steps over the labels of a range: after each `next()` the name is `[nameStart, nameEnd)` and the value `[valueStart, valueEnd)`
 * of the buffer. Unknown fields of a label are skipped; what runs out of bounds throws.
 */
export class LabelCursor {
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, offset: number, length: number) {
    this.#bytes = bytes;
    this.#at = offset;
    this.#end = offset + length;
  }

  next(): boolean {
    const bytes = this.#bytes;
    if (this.#at >= this.#end) return false;
    if (bytes[this.#at] !== 0x0a) throw corrupt(this.#at, 'a label was expected');
    let at = this.#length(this.#at + 1, this.#end);
    const end = at + this.#size;
    this.nameStart = this.nameEnd = this.valueStart = this.valueEnd = at;
    while (at < end) {
      const tag = bytes[at];
      const start = this.#length(at + 1, end);
      at = start + this.#size;
      if (tag === 0x0a) {
        this.nameStart = start;
        this.nameEnd = at;
      } else if (tag === 0x12) {
        this.valueStart = start;
        this.valueEnd = at;
      }
    }
    this.#at = end;
    return true;
  }

  #size = 0;

  /** Reads a length at `at`; leaves it in `#size` and returns where the content begins. */
  #length(at: number, limit: number): number {
    const bytes = this.#bytes;
    let size = 0;
    let shift = 0;
    for (;;) {
      if (at >= limit || shift > 28) throw corrupt(at, 'a length is cut');
      const byte = bytes[at++];
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
      shift += 7;
    }
    if (size > limit - at) throw corrupt(at, `${size} bytes do not fit`);
    this.#size = size;
    return at;
  }
}

function corrupt(offset: number, what: string): TsanosError {
  return new TsanosError('corrupt', 'corrupt-labels', `labels: at offset ${offset}: ${what}`, { offset });
}

function textAt(bytes: Uint8Array, from: number, to: number): string {
  if (to - from < 24) {
    // Short ASCII, which nearly all are: faster than the decoder.
    let text = '';
    for (let i = from; i < to; i++) {
      if (bytes[i] > 127) return decoder.decode(bytes.subarray(from, to));
      text += String.fromCharCode(bytes[i]);
    }
    return text;
  }
  return decoder.decode(bytes.subarray(from, to));
}

/** Undoes `encodeLabels`. */
export function decodeLabels(bytes: Uint8Array, offset = 0, length: number = bytes.length - offset): Labels {
  const pairs: Label[] = [];
  const cursor = new LabelCursor(bytes, offset, length);
  while (cursor.next()) {
    pairs.push([textAt(bytes, cursor.nameStart, cursor.nameEnd), textAt(bytes, cursor.valueStart, cursor.valueEnd)]);
  }
  return Labels.fromSorted(pairs);
}

/** The value of a label in bytes form, '' when absent. */
export function labelBytesValue(bytes: Uint8Array, offset: number, length: number, name: string): string {
  const want = encoder.encode(name);
  const cursor = new LabelCursor(bytes, offset, length);
  while (cursor.next()) {
    if (cursor.nameEnd - cursor.nameStart !== want.length) continue;
    let i = 0;
    while (i < want.length && bytes[cursor.nameStart + i] === want[i]) i++;
    if (i === want.length) return textAt(bytes, cursor.valueStart, cursor.valueEnd);
  }
  return '';
}

/**
 * Orders two label sets in bytes form as `compareLabels` orders them. Equal prefixes are skipped by whole labels, so neighbours of
 * a sorted stream cost little more than a byte compare.
 */
export function compareLabelBytes(
  a: Uint8Array,
  aOffset: number,
  aLength: number,
  b: Uint8Array,
  bOffset: number,
  bLength: number,
): number {
  const shared = aLength < bLength ? aLength : bLength;
  const same = samePrefix(a, aOffset, b, bOffset, shared);
  if (same === shared && aLength === bLength) return 0;
  // The labels before the one that holds the first difference are equal: find where that one begins.
  const aEnd = aOffset + aLength;
  let at = 0;
  for (;;) {
    const size = labelSize(a, aOffset + at, aEnd);
    if (size === 0 || at + size > same) break;
    at += size;
  }
  const left = aOffset + at;
  const right = bOffset + at;
  const bEnd = bOffset + bLength;
  if (isShortLabel(a, left, aEnd) && isShortLabel(b, right, bEnd)) {
    // Labels as nearly all are; they differ, so this decides.
    const aName = left + 4;
    const bName = right + 4;
    const aValue = aName + a[left + 3] + 2;
    const bValue = bName + b[right + 3] + 2;
    return (
      compareBytes(a, aName, aValue - 2, b, bName, bValue - 2) ||
      compareBytes(a, aValue, aValue + a[aValue - 1], b, bValue, bValue + b[bValue - 1])
    );
  }
  return compareParsed(a, left, aEnd, b, right, bEnd);
}

/** Length of the common prefix of two ranges of `length` bytes, eight bytes a step. */
function samePrefix(a: Uint8Array, aFrom: number, b: Uint8Array, bFrom: number, length: number): number {
  let same = 0;
  for (const last = length - 8; same <= last; same += 8) {
    const i = aFrom + same;
    const k = bFrom + same;
    const differs =
      (a[i] ^ b[k]) |
      (a[i + 1] ^ b[k + 1]) |
      (a[i + 2] ^ b[k + 2]) |
      (a[i + 3] ^ b[k + 3]) |
      (a[i + 4] ^ b[k + 4]) |
      (a[i + 5] ^ b[k + 5]) |
      (a[i + 6] ^ b[k + 6]) |
      (a[i + 7] ^ b[k + 7]);
    if (differs !== 0) break;
  }
  while (same < length && a[aFrom + same] === b[bFrom + same]) same++;
  return same;
}

/** Whether the label at `at` has both fields, in order, nothing else, and lengths of one byte that agree. */
function isShortLabel(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 6 > end || bytes[at] !== 0x0a || bytes[at + 2] !== 0x0a) return false;
  const size = bytes[at + 1];
  const value = at + 4 + bytes[at + 3];
  return (
    size < 0x80 &&
    value + 2 <= end &&
    bytes[value] === 0x12 &&
    value + 2 + bytes[value + 1] === at + 2 + size &&
    at + 2 + size <= end
  );
}

/** The same order for labels of any form. */
function compareParsed(a: Uint8Array, aFrom: number, aEnd: number, b: Uint8Array, bFrom: number, bEnd: number): number {
  const left = new LabelCursor(a, aFrom, aEnd - aFrom);
  const right = new LabelCursor(b, bFrom, bEnd - bFrom);
  for (;;) {
    const more = left.next();
    if (more !== right.next()) return more ? 1 : -1;
    if (!more) return 0;
    const order =
      compareBytes(a, left.nameStart, left.nameEnd, b, right.nameStart, right.nameEnd) ||
      compareBytes(a, left.valueStart, left.valueEnd, b, right.valueStart, right.valueEnd);
    if (order !== 0) return order;
  }
}

/** Bytes of the label that begins at `at`, tag and length included; 0 at the end. */
function labelSize(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0;
  let size = 0;
  let shift = 0;
  let i = at + 1;
  for (; i < end; i++) {
    size += (bytes[i] & 0x7f) * 2 ** shift;
    if (bytes[i] < 0x80) return i + 1 - at + size;
    shift += 7;
  }
  return 0;
}

function compareBytes(a: Uint8Array, aFrom: number, aTo: number, b: Uint8Array, bFrom: number, bTo: number): number {
  const n = Math.min(aTo - aFrom, bTo - bFrom);
  for (let i = 0; i < n; i++) {
    const d = a[aFrom + i] - b[bFrom + i];
    if (d !== 0) return d;
  }
  return aTo - aFrom - (bTo - bFrom);
}
