import { TsanosError, xxhash64 } from '@tsanos/bytes';
import { LabelCursor } from '@tsanos/model';
import type { SeriesRequest } from '../series-source.ts';

const encoder = new TextEncoder();

/**
 * Decides which series belong to a shard of a request, as Thanos does: xxhash64 over name, 0xff, value, 0xff of the labels
 * that count (those named, or all but those), modulo the number of shards. On final labels: external in, replica out.
 */
export class ShardFilter {
  readonly #shard: NonNullable<SeriesRequest['shard']> | undefined;
  readonly #names: readonly Uint8Array[];
  readonly #hash = new Uint32Array(2);
  #bytes = new Uint8Array(1024);

  constructor(shard: SeriesRequest['shard']) {
    this.#shard = shard !== undefined && shard.total >= 1 ? shard : undefined;
    if (shard !== undefined && shard.total > 2 ** 20) {
      throw new TsanosError('bad-input', 'too-many-shards', `shard series: ${shard.total} shards, at most ${2 ** 20}`);
    }
    this.#names = (shard?.labels ?? []).map((name) => encoder.encode(name));
  }

  /** Whether every series is kept. */
  get keepsAll(): boolean {
    return this.#shard === undefined;
  }

  /** Whether the series with labels `bytes[offset, offset + length)` belongs to the shard. */
  keeps(bytes: Uint8Array, offset: number, length: number): boolean {
    const shard = this.#shard;
    if (shard === undefined) return true;
    // Names and values shrink by their framing of three bytes and more, so this suffices.
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(2 * length);
    const cursor = new LabelCursor(bytes, offset, length);
    let used = 0;
    while (cursor.next()) {
      if (this.#isNamed(bytes, cursor) !== shard.by) continue;
      used = this.#put(bytes, cursor.nameStart, cursor.nameEnd, used);
      used = this.#put(bytes, cursor.valueStart, cursor.valueEnd, used);
    }
    xxhash64(this.#bytes, 0, used, this.#hash);
    const { total } = shard;
    return ((this.#hash[0] % total) * (4294967296 % total) + (this.#hash[1] % total)) % total === shard.index;
  }

  #put(bytes: Uint8Array, from: number, to: number, used: number): number {
    this.#bytes.set(bytes.subarray(from, to), used);
    this.#bytes[used + to - from] = 0xff;
    return used + to - from + 1;
  }

  #isNamed(bytes: Uint8Array, cursor: LabelCursor): boolean {
    return this.#names.some((name) => {
      if (name.length !== cursor.nameEnd - cursor.nameStart) return false;
      for (let i = 0; i < name.length; i++) if (name[i] !== bytes[cursor.nameStart + i]) return false;
      return true;
    });
  }
}
