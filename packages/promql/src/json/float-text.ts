import { wasm } from '../generated/float-text.wasm.ts';

/** What we use of the engine's WebAssembly; its types come with the browser's library, which this house does without. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, () => void>>>>,
  ) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  setPowers(at: number): void;
  floatText(from: number, to: number): number;
  prepareTimes(from: number, to: number, n: number): void;
  points(times: number, values: number, mask: number, wanted: number, to: number, n: number): number;
}

const PAGE = 65_536;
/** What the module keeps for itself lies below. */
const TABLE_AT = 1024;
const MIN_POWER = -292;
const MAX_POWER = 324;
const SCRATCH_AT = TABLE_AT + (MAX_POWER - MIN_POWER + 1) * 16;
const FLOAT_BYTES = 64;
const AREA_AT = 16_384;
const TIME_SLOT = 32;
const POINT_BYTES = 64;

/** Points that are written at a time, so that the working memory stays in the processor's cache. */
export const CHUNK_POINTS = 2048;

/**
 * The WebAssembly side of writing numbers: shortest decimal texts in Prometheus' form, many at a time. One for each thread; results are views of
 * its memory, valid until the next call.
 */
export class FloatText {
  readonly #exports: Exports;
  #bytes: Uint8Array;
  #floats: Float64Array;
  readonly #timesAt: number;
  readonly #valuesAt: number;
  readonly #maskAt: number;
  readonly #outAt: number;

  constructor() {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(wasm, 'base64')), {
      env: { abort: () => {} },
    });
    this.#exports = instance.exports as Exports;
    this.#timesAt = AREA_AT;
    this.#valuesAt = this.#timesAt + CHUNK_POINTS * TIME_SLOT;
    this.#maskAt = this.#valuesAt + CHUNK_POINTS * 8;
    this.#outAt = this.#maskAt + CHUNK_POINTS;
    const need = this.#outAt + CHUNK_POINTS * POINT_BYTES;
    const { memory } = this.#exports;
    memory.grow(Math.max(0, Math.ceil((need - memory.buffer.byteLength) / PAGE)));
    this.#bytes = new Uint8Array(memory.buffer);
    this.#floats = new Float64Array(memory.buffer);
    this.#fillPowers();
    this.#exports.setPowers(TABLE_AT);
  }

  /** BigInt once, when the first answer is written. */
  #fillPowers(): void {
    const view = new DataView(this.#bytes.buffer);
    for (let k = MIN_POWER; k <= MAX_POWER; k++) {
      const shift = 127 - Math.floor((k * 1_741_647) / 2 ** 19);
      const g = k >= 0 ? ceilShift(10n ** BigInt(k), shift) : ceilDivide(1n << BigInt(shift), 10n ** BigInt(-k));
      const at = TABLE_AT + (k - MIN_POWER) * 16;
      view.setBigUint64(at, g >> 64n, true);
      view.setBigUint64(at + 8, g & 0xffffffffffffffffn, true);
    }
  }

  /** The text of one number. */
  one(value: number): Uint8Array {
    this.#floats[SCRATCH_AT / 8] = value;
    const length = this.#exports.floatText(SCRATCH_AT, SCRATCH_AT + FLOAT_BYTES);
    return this.#bytes.subarray(SCRATCH_AT + FLOAT_BYTES, SCRATCH_AT + FLOAT_BYTES + length);
  }

  /** Sets the times (ms) of the points to come: at most `CHUNK_POINTS`. */
  prepare(times: Float64Array): void {
    // The place of the output serves as input here.
    const at = (this.#outAt + 7) & ~7;
    this.#floats.set(times, at / 8);
    this.#exports.prepareTimes(at, this.#timesAt, times.length);
  }

  /** `[t,"v"],` for the points whose byte of `mask` is `wanted`, with a comma after the last one too; times from `prepare`. */
  points(values: Float64Array, mask: Uint8Array, wanted: number): Uint8Array {
    this.#floats.set(values, this.#valuesAt / 8);
    this.#bytes.set(mask, this.#maskAt);
    const length = this.#exports.points(
      this.#timesAt,
      this.#valuesAt,
      this.#maskAt,
      wanted,
      this.#outAt,
      values.length,
    );
    return this.#bytes.subarray(this.#outAt, this.#outAt + length);
  }
}

function ceilShift(n: bigint, shift: number): bigint {
  if (shift >= 0) return n << BigInt(shift);
  const down = BigInt(-shift);
  return (n + (1n << down) - 1n) >> down;
}

function ceilDivide(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
