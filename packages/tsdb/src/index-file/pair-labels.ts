import { ByteWriter } from '@tsanos/bytes';
import type { SymbolTable } from './symbol-table.ts';

/** Encoded pairs kept; most blocks have fewer. */
const MAX_PAIRS = 100_000;
/** Symbol references are below this, or the pair is not kept. */
const MAX_REF = 2 ** 26;

/**
 * Turns (name, value) symbol references into the protobuf bytes of a label in a `SeriesBatch`: `0x0a len {0x0a n name 0x12 n value}`.
 * What one pair encodes to is remembered, so that a series costs copies of short byte runs.
 */
export class PairLabels {
  readonly #symbols: SymbolTable;
  readonly #pairs = new Map<number, Uint8Array>();

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  encoded(name: number, value: number): Uint8Array {
    const key = name * MAX_REF + value;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const bytes = encodeLabel(this.#symbols.lookup(name), this.#symbols.lookup(value));
    if (name < MAX_REF && value < MAX_REF) {
      if (this.#pairs.size >= MAX_PAIRS) this.#pairs.clear();
      this.#pairs.set(key, bytes);
    }
    return bytes;
  }
}

function encodeLabel(name: string, value: string): Uint8Array {
  const inner = new ByteWriter(name.length + value.length + 8);
  field(inner, 0x0a, name);
  field(inner, 0x12, value);
  const body = inner.view();
  return new ByteWriter(body.length + 6).u8(0x0a).uvarint(body.length).bytes(body).finish();
}

/** A string field; protobuf leaves an empty one out. */
function field(writer: ByteWriter, tag: number, text: string): void {
  if (text === '') return;
  writer.u8(tag).uvarint(Buffer.byteLength(text)).string(text);
}
