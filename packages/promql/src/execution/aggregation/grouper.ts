import { LabelCursor } from '@tsanos/model';
import { isMetadataName, isNameLabel } from '../label-edit.ts';

const encoder = new TextEncoder();

/**
 * Numbers the groups that rows belong to, in order of first sight, by the bytes of the labels that make a group; no
 * strings, no objects a row.
 */
export class Grouper {
  readonly #names: readonly Uint8Array[];
  readonly #without: boolean;
  #scratch = new Uint8Array(512);
  #length = 0;
  #hash = 0;
  readonly #labels: Uint8Array[] = [];
  readonly #hashes: number[] = [];
  #slots = new Int32Array(256);

  /** `without` keeps all labels but these and the name. */
  constructor(names: readonly string[], without: boolean) {
    this.#names = names.map((name) => encoder.encode(name));
    this.#without = without;
  }

  get size(): number {
    return this.#labels.length;
  }

  /** Label bytes of a group. */
  labelsOf(group: number): Uint8Array {
    return this.#labels[group];
  }

  /** The group of a row. `nameless` rows have lost name, type and unit, though the bytes have them. */
  groupOf(buffer: Uint8Array, offset: number, length: number, nameless: boolean): number {
    if (!this.#without && this.#names.length === 0) {
      if (this.#labels.length === 0) this.#add();
      return 0;
    }
    this.#project(buffer, offset, length, nameless);
    return this.#find();
  }

  #project(buffer: Uint8Array, offset: number, length: number, nameless: boolean): void {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length * 2);
    const scratch = this.#scratch;
    const cursor = new LabelCursor(buffer, offset, length);
    let kept = 0;
    let hash = 0x811c9dc5;
    let at = offset;
    while (cursor.next()) {
      const { nameStart, nameEnd, valueEnd } = cursor;
      const end = valueEnd > nameEnd ? valueEnd : nameEnd;
      if (this.#keeps(buffer, nameStart, nameEnd, nameless)) {
        for (let i = at; i < end; i++) {
          const byte = buffer[i];
          scratch[kept++] = byte;
          hash = Math.imul(hash ^ byte, 0x01000193);
        }
      }
      at = end;
    }
    this.#length = kept;
    this.#hash = hash ^ (hash >>> 15);
  }

  #keeps(buffer: Uint8Array, from: number, to: number, nameless: boolean): boolean {
    if (nameless && isMetadataName(buffer, from, to)) return false;
    if (this.#without) return !isNameLabel(buffer, from, to) && !this.#named(buffer, from, to);
    return this.#named(buffer, from, to);
  }

  #named(buffer: Uint8Array, from: number, to: number): boolean {
    const names = this.#names;
    for (let k = 0; k < names.length; k++) {
      const name = names[k];
      if (name.length !== to - from) continue;
      let i = 0;
      while (i < name.length && name[i] === buffer[from + i]) i++;
      if (i === name.length) return true;
    }
    return false;
  }

  #find(): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash & mask; ; slot = (slot + 1) & mask) {
      const group = this.#slots[slot] - 1;
      if (group < 0) break;
      if (this.#hashes[group] === this.#hash && this.#equals(this.#labels[group])) return group;
    }
    return this.#add();
  }

  #equals(labels: Uint8Array): boolean {
    if (labels.length !== this.#length) return false;
    for (let i = 0; i < labels.length; i++) if (labels[i] !== this.#scratch[i]) return false;
    return true;
  }

  #add(): number {
    const group = this.#labels.length;
    this.#labels.push(this.#scratch.slice(0, this.#length));
    this.#hashes.push(this.#hash);
    if (this.#labels.length * 2 > this.#slots.length) this.#slots = new Int32Array(this.#slots.length * 2);
    else {
      this.#insert(group);
      return group;
    }
    for (let i = 0; i <= group; i++) this.#insert(i);
    return group;
  }

  #insert(group: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[group] & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = group + 1;
  }
}
