import type { GrowingBytes } from './growing.ts';
import type { SymbolTable } from './symbol-table.ts';

/** Tags and lengths of one label: three tags and three lengths of five bytes at most. */
const FRAME_BYTES = 18;

/**
 * Appends the label that (name, value) symbol references mean, in the protobuf form of a `SeriesBatch`: `0x0a len {0x0a n name 0x12 n value}`. Bytes
 * go from the symbol table to the arena; no string and no object is made.
 */
export function appendLabel(symbols: SymbolTable, name: number, value: number, out: GrowingBytes): void {
  symbols.place(name);
  const nameStart = symbols.start;
  const nameEnd = symbols.end;
  symbols.place(value);
  const valueStart = symbols.start;
  const valueEnd = symbols.end;
  const inner = fieldBytes(nameEnd - nameStart) + fieldBytes(valueEnd - valueStart);
  out.reserve(inner + FRAME_BYTES);
  out.bytes[out.length] = 0x0a;
  out.length = putLength(out.bytes, out.length + 1, inner);
  putField(out, 0x0a, symbols.bytes, nameStart, nameEnd);
  putField(out, 0x12, symbols.bytes, valueStart, valueEnd);
}

/** Bytes of a string field; protobuf leaves an empty one out. */
function fieldBytes(length: number): number {
  if (length === 0) return 0;
  return 1 + (length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : length < 0x10000000 ? 4 : 5) + length;
}

function putField(out: GrowingBytes, tag: number, source: Uint8Array, from: number, to: number): void {
  if (from === to) return;
  out.bytes[out.length] = tag;
  out.length = putLength(out.bytes, out.length + 1, to - from);
  out.append(source, from, to);
}

/** Returns where what follows goes. */
function putLength(bytes: Uint8Array, at: number, length: number): number {
  while (length > 0x7f) {
    bytes[at++] = (length & 0x7f) | 0x80;
    length >>>= 7;
  }
  bytes[at++] = length;
  return at;
}
