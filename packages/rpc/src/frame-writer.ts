import type { Compression } from './compression.ts';

/** Bytes of a block that leaves in one write; many messages share it. */
const BLOCK_BYTES = 128 * 1024;

/**
 * Packs messages with their 5-byte prefixes into blocks of about 128 KiB. Needs no connection, so a worker can fill blocks
 * that another thread sends.
 *
 * A message is written in place: `alloc(size)` gives the offset in `buffer`, and the caller fills exactly `size` bytes
 * there before it calls anything else. `buffer` changes from call to call.
 */
export class FrameWriter {
  buffer: Uint8Array;
  readonly #emit: (block: Uint8Array, messages: number) => void;
  readonly #compression: Compression | undefined;
  readonly #blockBytes: number;
  #block: Buffer;
  #pos = 0;
  #messages = 0;
  #scratch: Buffer = EMPTY;
  /** Size of the message in scratch that is yet to be compressed, -1 when none. */
  #pending = -1;

  /** `emit` gets each finished block, for good; it is freshly allocated memory, so that it can be transferred. */
  constructor(
    compression: Compression | undefined,
    emit: (block: Uint8Array, messages: number) => void,
    blockBytes: number = BLOCK_BYTES,
  ) {
    this.#compression = compression;
    this.#emit = emit;
    this.#blockBytes = blockBytes;
    this.#block = EMPTY;
    this.buffer = EMPTY;
  }

  /** Bytes that wait for a flush. */
  get pendingBytes(): number {
    return this.#pos + Math.max(0, this.#pending);
  }

  /** Begins a message of exactly `size` bytes; returns its offset in `buffer`. */
  alloc(size: number): number {
    if (this.#compression === undefined) return this.#place(size, 0);
    this.#settle();
    if (this.#scratch.length < size) this.#scratch = Buffer.allocUnsafeSlow(Math.max(size, 16 * 1024));
    this.#pending = size;
    this.buffer = this.#scratch;
    return 0;
  }

  /** Copies a whole message in. */
  send(message: Uint8Array): void {
    const at = this.alloc(message.length);
    this.buffer.set(message, at);
  }

  /** Emits what is there. */
  flush(): void {
    this.#settle();
    if (this.#pos === 0) return;
    const block = this.#block.subarray(0, this.#pos);
    const messages = this.#messages;
    this.#block = EMPTY;
    this.#pos = 0;
    this.#messages = 0;
    this.#emit(block, messages);
  }

  #settle(): void {
    if (this.#pending < 0 || this.#compression === undefined) return;
    const packed = this.#compression.compress(this.#scratch.subarray(0, this.#pending));
    this.#pending = -1;
    const at = this.#place(packed.length, 1);
    this.buffer.set(packed, at);
  }

  #place(size: number, flag: number): number {
    const need = size + 5;
    if (this.#pos + need > this.#block.length) {
      if (this.#pos > 0) this.#flushBlock();
      this.#block = Buffer.allocUnsafeSlow(Math.max(need, this.#blockBytes));
    }
    const block = this.#block;
    const pos = this.#pos;
    block[pos] = flag;
    block[pos + 1] = size >>> 24;
    block[pos + 2] = size >>> 16;
    block[pos + 3] = size >>> 8;
    block[pos + 4] = size;
    this.#pos = pos + need;
    this.#messages++;
    this.buffer = block;
    return pos + 5;
  }

  #flushBlock(): void {
    const block = this.#block.subarray(0, this.#pos);
    const messages = this.#messages;
    this.#pos = 0;
    this.#messages = 0;
    this.#emit(block, messages);
  }
}

const EMPTY = Buffer.alloc(0);

/** One message with its prefix, for calls that send a single one. */
export function frameMessage(message: Uint8Array, compression: Compression | undefined): Uint8Array {
  const body = compression === undefined ? message : compression.compress(message);
  const frame = Buffer.allocUnsafeSlow(body.length + 5);
  frame[0] = compression === undefined ? 0 : 1;
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  return frame;
}
