import { compareUtf8, type Label } from '@tsanos/model';

/** Reads symbols of a block's index by number. */
export interface Symbols {
  lookupSymbol(id: number): string;
}

/** What becomes of a label of the series with a given name. */
interface NamePlan {
  /** Dropped: a replica label, or an external label of the same name takes its place. */
  readonly drop: boolean;
  /** How many of the external labels come before it. */
  readonly externalBefore: number;
}

const encoder = new TextEncoder();

/**
 * Writes the final labels of a block's series as the protobuf bytes of `SeriesBatch`: symbols in, external labels merged in name
 * order (they win over labels of the series), replica labels left out. What one name or one pair encodes to is computed
 * once and remembered, so a series costs a copy of a few short byte runs.
 */
export class BlockLabelWriter {
  readonly #symbols: Symbols;
  readonly #external: readonly { name: string; bytes: Uint8Array }[];
  readonly #replica: ReadonlySet<string>;
  readonly #plans = new Map<number, NamePlan>();
  readonly #pairs = new Map<number, Uint8Array>();
  #arena: Uint8Array;
  #used = 0;

  /** `external` sorted by name; those among `replicaLabels` are left out by this class. */
  constructor(symbols: Symbols, external: Iterable<Label>, replicaLabels: readonly string[], arenaBytes = 64 * 1024) {
    this.#symbols = symbols;
    this.#replica = new Set(replicaLabels);
    this.#external = [...external]
      .filter(([name]) => !this.#replica.has(name))
      .map(([name, value]) => ({ name, bytes: encodeLabel(name, value) }));
    this.#arena = new Uint8Array(arenaBytes);
  }

  /** All label bytes written so far; valid after the last `write`, since the arena moves when it grows. */
  get bytes(): Uint8Array {
    return this.#arena.subarray(0, this.#used);
  }

  /** Bytes written so far: where the next series begins. */
  get position(): number {
    return this.#used;
  }

  /** Appends the labels of a series given as `count` (name, value) symbol pairs; returns the length in bytes. */
  write(pairs: Uint32Array, count: number): number {
    const start = this.#used;
    const external = this.#external;
    let next = 0;
    for (let i = 0; i < count; i++) {
      const name = pairs[2 * i];
      const plan = this.#plans.get(name) ?? this.#plan(name);
      while (next < plan.externalBefore) this.#append(external[next++].bytes);
      if (plan.drop) continue;
      const value = pairs[2 * i + 1];
      const key = name * 0x8000000 + value;
      this.#append(this.#pairs.get(key) ?? this.#pair(key, name, value));
    }
    while (next < external.length) this.#append(external[next++].bytes);
    return this.#used - start;
  }

  #plan(id: number): NamePlan {
    const name = this.#symbols.lookupSymbol(id);
    let externalBefore = 0;
    while (externalBefore < this.#external.length && compareUtf8(this.#external[externalBefore].name, name) < 0)
      externalBefore++;
    const overridden = this.#external.some((label) => label.name === name);
    const plan = { drop: overridden || this.#replica.has(name), externalBefore };
    this.#plans.set(id, plan);
    return plan;
  }

  #pair(key: number, name: number, value: number): Uint8Array {
    const bytes = encodeLabel(this.#symbols.lookupSymbol(name), this.#symbols.lookupSymbol(value));
    this.#pairs.set(key, bytes);
    return bytes;
  }

  #append(bytes: Uint8Array): void {
    const end = this.#used + bytes.length;
    if (end > this.#arena.length) {
      const larger = new Uint8Array(Math.max(end, this.#arena.length * 2));
      larger.set(this.#arena.subarray(0, this.#used));
      this.#arena = larger;
    }
    // Short runs: a loop beats `set`, which makes no copy of its own but costs a call into the runtime.
    const arena = this.#arena;
    let to = this.#used;
    for (let i = 0; i < bytes.length; i++) arena[to++] = bytes[i];
    this.#used = end;
  }
}

/** `labels=1` of a `thanos.Series`: `0x0a len {0x0a n name 0x12 n value}`; fields at their default are left out. */
function encodeLabel(name: string, value: string): Uint8Array {
  const inner = [...stringField(0x0a, name), ...stringField(0x12, value)];
  return Uint8Array.from([0x0a, ...uvarint(inner.length), ...inner]);
}

function stringField(tag: number, text: string): number[] {
  if (text === '') return [];
  const bytes = encoder.encode(text);
  return [tag, ...uvarint(bytes.length), ...bytes];
}

function uvarint(n: number): number[] {
  const out: number[] = [];
  while (n > 0x7f) {
    out.push((n & 0x7f) | 0x80);
    n >>>= 7;
  }
  out.push(n);
  return out;
}
