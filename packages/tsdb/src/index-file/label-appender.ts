import { compareUtf8, encodeLabels, type Label } from '@tsanos/model';
import type { Cursor } from '../cursor.ts';
import { appendLabel } from './append-label.ts';
import type { GrowingBytes } from './growing.ts';
import type { SymbolTable } from './symbol-table.ts';

/** What the labels of a block's series become outside of it. */
export interface FinalLabels {
  /** Names that leave: replica labels. */
  readonly drop?: readonly string[];
  /** External labels in name order; they win over labels of the series. Those among `drop` are left out, too. */
  readonly external?: Iterable<Label>;
}

/**
 * Writes the labels of series entries in the protobuf form of `SeriesBatch`, external labels merged in and dropped ones left out. What becomes of
 * a label depends on its name alone, which is a symbol: that is found once a name.
 */
export class LabelAppender {
  readonly #symbols: SymbolTable;
  readonly #external: { readonly name: string; readonly field: Uint8Array }[] = [];
  readonly #drop: ReadonlySet<string>;
  readonly #plain: boolean;
  /** By name symbol: twice the number of external labels before it, and one more when it is left out. */
  readonly #plans = new Map<number, number>();

  constructor(symbols: SymbolTable, { drop = [], external = [] }: FinalLabels = {}) {
    this.#symbols = symbols;
    this.#drop = new Set(drop);
    for (const label of external)
      if (!this.#drop.has(label[0])) this.#external.push({ name: label[0], field: encodeLabels([label]) });
    this.#plain = this.#external.length === 0 && this.#drop.size === 0;
  }

  /** Whether labels stay as they are, and with them the order of series. */
  get isIdentity(): boolean {
    return this.#plain;
  }

  /** Appends the labels of the entry whose body begins at the cursor; leaves the cursor behind them. */
  append(entry: Cursor, out: GrowingBytes): void {
    let next = 0;
    for (let n = entry.uvarint(); n > 0; n--) {
      const name = entry.uvarint();
      const value = entry.uvarint();
      if (!this.#plain) {
        const plan = this.#plans.get(name) ?? this.#plan(name);
        while (next < plan >> 1) out.append(this.#external[next++].field);
        if ((plan & 1) === 1) continue;
      }
      appendLabel(this.#symbols, name, value, out);
    }
    while (next < this.#external.length) out.append(this.#external[next++].field);
  }

  #plan(symbol: number): number {
    const name = this.#symbols.lookup(symbol);
    const external = this.#external;
    let before = 0;
    while (before < external.length && compareUtf8(external[before].name, name) < 0) before++;
    const overridden = external[before]?.name === name;
    const plan = 2 * before + (overridden || this.#drop.has(name) ? 1 : 0);
    this.#plans.set(symbol, plan);
    return plan;
  }
}
