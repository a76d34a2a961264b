import { LabelCursor, type Labels, decodeLabels } from '@tsanos/model';
import type { RowBatch } from './row-batch.ts';

/** Labels that describe the metric rather than the series: name, type and unit. */
export const METADATA: ReadonlySet<string> = new Set(['__name__', '__type__', '__unit__']);

/** Whether the name in `[from, to)` is a metadata label; they all begin with two underscores. */
export function isMetadataName(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== 8 || bytes[from] !== 0x5f || bytes[from + 1] !== 0x5f) return false;
  if (bytes[from + 6] !== 0x5f || bytes[from + 7] !== 0x5f) return false;
  const word = (bytes[from + 2] << 24) | (bytes[from + 3] << 16) | (bytes[from + 4] << 8) | bytes[from + 5];
  return word === 0x6e616d65 || word === 0x74797065 || word === 0x756e6974;
}

/** Whether the name in `[from, to)` is `__name__`. */
export function isNameLabel(bytes: Uint8Array, from: number, to: number): boolean {
  return isMetadataName(bytes, from, to) && bytes[from + 2] === 0x6e;
}

/** A copy of label bytes without metadata labels; the bytes themselves when there is none. */
export function withoutMetadata(bytes: Uint8Array): Uint8Array {
  return without(bytes, isMetadataName);
}

/** A copy of label bytes without `__name__`. */
export function withoutName(bytes: Uint8Array): Uint8Array {
  return without(bytes, isNameLabel);
}

function without(bytes: Uint8Array, drops: (bytes: Uint8Array, from: number, to: number) => boolean): Uint8Array {
  const cursor = new LabelCursor(bytes, 0, bytes.length);
  let kept = 0;
  let out: Uint8Array | undefined;
  let at = 0;
  while (cursor.next()) {
    const end = cursor.valueEnd > cursor.nameEnd ? cursor.valueEnd : cursor.nameEnd;
    // slice() of a Buffer would be a view of what is not ours to change.
    if (drops(bytes, cursor.nameStart, cursor.nameEnd)) out ??= new Uint8Array(bytes);
    else {
      if (out !== undefined) out.copyWithin(kept, at, end);
      kept += end - at;
    }
    at = end;
  }
  return out === undefined ? bytes : out.slice(0, kept);
}

/** The labels of a row as they count: without metadata where they were dropped. */
export function effectiveBytes(labels: Uint8Array, dropName: boolean, delayed: boolean): Uint8Array {
  return dropName && !delayed ? withoutMetadata(labels) : labels;
}

/** The labels of a row of a batch as they count. */
export function effectiveRow(batch: RowBatch, row: number, delayed: boolean): Uint8Array {
  const offset = batch.labelOffset[row];
  const bytes = batch.labelBuffer[row].subarray(offset, offset + batch.labelLength[row]);
  return effectiveBytes(bytes, batch.dropName[row] === 1, delayed);
}

/** Decodes label bytes. */
export function toLabels(bytes: Uint8Array): Labels {
  return decodeLabels(bytes, 0, bytes.length);
}

export const NO_LABELS: Uint8Array = new Uint8Array(0);

/** A string that is equal for equal bytes. */
export function bytesKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
