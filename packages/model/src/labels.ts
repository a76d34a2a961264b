/** A name and its value. */
export type Label = readonly [name: string, value: string];

/**
 * Compares strings in UTF-8 byte order, which is the order of everything stored or sent. It differs from JS string order
 * where a surrogate pair meets a character from U+E000 on.
 */
export function compareUtf8(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above all of the BMP.
    if (x >= 0xd800 && y >= 0xd800) {
      x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
      y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    }
    return x - y;
  }
  return a.length - b.length;
}

/** An immutable label set, sorted by name in UTF-8 byte order, names unique, no empty values. For the edges, never one a series in a hot path. */
export class Labels implements Iterable<Label> {
  static readonly EMPTY: Labels = new Labels([]);
  readonly #pairs: readonly Label[];

  private constructor(pairs: readonly Label[]) {
    this.#pairs = pairs;
  }

  /** From pairs in any order; the last of equal names wins; empty values are dropped. */
  static from(pairs: Iterable<Label> | Readonly<Record<string, string>>): Labels {
    const list = Symbol.iterator in pairs ? (pairs as Iterable<Label>) : Object.entries(pairs);
    const map = new Map<string, string>();
    for (const [name, value] of list) map.set(name, value);
    const kept: Label[] = [];
    for (const [name, value] of map) if (value !== '') kept.push([name, value]);
    return kept.length === 0 ? Labels.EMPTY : new Labels(kept.sort((a, b) => compareUtf8(a[0], b[0])));
  }

  /** Takes ownership of pairs that are already sorted and unique and hold no empty value. */
  static fromSorted(pairs: readonly Label[]): Labels {
    return pairs.length === 0 ? Labels.EMPTY : new Labels(pairs);
  }

  get size(): number {
    return this.#pairs.length;
  }

  at(i: number): Label {
    return this.#pairs[i];
  }

  /** The value, '' when absent. */
  get(name: string): string {
    for (const pair of this.#pairs) if (pair[0] === name) return pair[1];
    return '';
  }

  has(name: string): boolean {
    for (const pair of this.#pairs) if (pair[0] === name) return true;
    return false;
  }

  [Symbol.iterator](): Iterator<Label> {
    return this.#pairs[Symbol.iterator]();
  }

  toJSON(): Record<string, string> {
    const object: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const [name, value] of this.#pairs) object[name] = value;
    return object;
  }
}

/** Prometheus' order of label sets: pair by pair name then value, in UTF-8 byte order; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const n = Math.min(a.size, b.size);
  for (let i = 0; i < n; i++) {
    const [an, av] = a.at(i);
    const [bn, bv] = b.at(i);
    const order = compareUtf8(an, bn) || compareUtf8(av, bv);
    if (order !== 0) return order;
  }
  return a.size - b.size;
}
