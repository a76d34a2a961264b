import { ByteWriter } from '@tsanos/bytes';
import { LabelCursor, encodeLabels, type Label } from '@tsanos/model';
import type { SeriesBatch } from '../series-batch.ts';

const encoder = new TextEncoder();

/** One label to be set: its name for comparing, and its whole protobuf field for copying. */
interface SetLabel {
  name: Uint8Array;
  field: Uint8Array;
}

/**
 * Rewrites label bytes: drops labels by name (replica labels) and sets others (external labels, which win over labels of
 * the series with the same name). A name that is to be dropped is not set either. Keeps name order; the order of series
 * may change, so sort after (`sortSeries`).
 */
export class LabelRewriter {
  readonly #drop: readonly Uint8Array[];
  readonly #set: readonly SetLabel[];

  /** `external` must be in name order, as `Labels` is. */
  constructor(options: { drop?: readonly string[]; external?: Iterable<Label> }) {
    const drop = options.drop ?? [];
    this.#drop = drop.map((name) => encoder.encode(name));
    const set: SetLabel[] = [];
    for (const label of options.external ?? []) {
      if (!drop.includes(label[0])) set.push({ name: encoder.encode(label[0]), field: encodeLabels([label]) });
    }
    this.#set = set;
  }

  /** Whether `rewrite` can never change anything. */
  get isIdentity(): boolean {
    return this.#drop.length === 0 && this.#set.length === 0;
  }

  /** Appends the rewritten form of the labels `bytes[offset, offset + length)` to `out`. */
  rewrite(bytes: Uint8Array, offset: number, length: number, out: ByteWriter): void {
    const cursor = new LabelCursor(bytes, offset, length);
    let next = 0;
    while (cursor.next()) {
      let order = -1;
      while (next < this.#set.length && (order = compareName(this.#set[next].name, bytes, cursor)) < 0)
        out.bytes(this.#set[next++].field);
      if (next < this.#set.length && order === 0) continue;
      if (this.#drop.some((name) => compareName(name, bytes, cursor) === 0)) continue;
      copyLabel(bytes, cursor, out);
    }
    while (next < this.#set.length) out.bytes(this.#set[next++].field);
  }

  /** A batch with rewritten labels that shares the chunk tables of `batch`. Its series may no longer be in order. */
  rewriteBatch(batch: SeriesBatch): SeriesBatch {
    if (this.isIdentity) return batch;
    const out = new ByteWriter(batch.count * 128);
    const labelOffset = new Uint32Array(batch.count);
    const labelLength = new Uint32Array(batch.count);
    for (let i = 0; i < batch.count; i++) {
      labelOffset[i] = out.length;
      this.rewrite(batch.labelBuffers[batch.labelBuffer[i]], batch.labelOffset[i], batch.labelLength[i], out);
      labelLength[i] = out.length - labelOffset[i];
    }
    return {
      ...batch,
      labelBuffers: [out.finish()],
      labelBuffer: new Uint16Array(batch.count),
      labelOffset,
      labelLength,
    };
  }
}

function copyLabel(bytes: Uint8Array, cursor: LabelCursor, out: ByteWriter): void {
  const name = cursor.nameEnd - cursor.nameStart;
  const value = cursor.valueEnd - cursor.valueStart;
  out.u8(0x0a).uvarint(2 + uvarintSize(name) + name + uvarintSize(value) + value);
  out.u8(0x0a).uvarint(name).bytes(bytes.subarray(cursor.nameStart, cursor.nameEnd));
  out.u8(0x12).uvarint(value).bytes(bytes.subarray(cursor.valueStart, cursor.valueEnd));
}

function uvarintSize(n: number): number {
  let size = 1;
  for (; n >= 128; n = Math.floor(n / 128)) size++;
  return size;
}

function compareName(name: Uint8Array, bytes: Uint8Array, cursor: LabelCursor): number {
  const n = Math.min(name.length, cursor.nameEnd - cursor.nameStart);
  for (let i = 0; i < n; i++) {
    const order = name[i] - bytes[cursor.nameStart + i];
    if (order !== 0) return order;
  }
  return name.length - (cursor.nameEnd - cursor.nameStart);
}
