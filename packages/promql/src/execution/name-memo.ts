import { LabelCursor } from '@tsanos/model';
import { isNameLabel } from './label-edit.ts';

const decoder = new TextDecoder();

/** Metric names of series that mostly follow one another with the same one. */
export class NameMemo {
  #bytes: Uint8Array = new Uint8Array(0);
  #name = '';

  /** The value of `__name__` in label bytes, '' when absent. */
  nameOf(buffer: Uint8Array, offset: number, length: number): string {
    const cursor = new LabelCursor(buffer, offset, length);
    while (cursor.next()) {
      if (!isNameLabel(buffer, cursor.nameStart, cursor.nameEnd)) continue;
      const { valueStart, valueEnd } = cursor;
      if (!this.#same(buffer, valueStart, valueEnd)) {
        this.#bytes = buffer.slice(valueStart, valueEnd);
        this.#name = decoder.decode(this.#bytes);
      }
      return this.#name;
    }
    return '';
  }

  #same(buffer: Uint8Array, from: number, to: number): boolean {
    const bytes = this.#bytes;
    if (bytes.length !== to - from) return false;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== buffer[from + i]) return false;
    return true;
  }
}
