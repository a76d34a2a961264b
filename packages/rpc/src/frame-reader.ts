import type { Compression } from './compression.ts';
import { RpcError, Status } from './status.ts';

/**
 * Whole messages in one buffer: message `i` is `buffer[ranges[2i], ranges[2i] + ranges[2i+1])`. The buffer is never written
 * again and may be kept; it is a piece of a received chunk where messages were whole in it.
 */
export interface MessageBlock {
  readonly buffer: Uint8Array;
  /** Offset and length, in turn. */
  readonly ranges: number[];
}

/** A message's bytes, not copied. */
export function blockMessage(block: MessageBlock, i: number): Uint8Array {
  const from = block.ranges[2 * i];
  return block.buffer.subarray(from, from + block.ranges[2 * i + 1]);
}

/**
 * Cuts received bytes into gRPC messages (flag byte, big-endian uint32 length, body). Nothing is allocated by a claimed
 * length: a message that spans chunks is assembled once all of it is there.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #compression: Compression | undefined;
  readonly #head = new Uint8Array(5);
  #headHave = 0;
  #flag = 0;
  /** Length of the message being assembled, -1 when none is. */
  #need = -1;
  #have = 0;
  #parts: Uint8Array[] = [];

  /**
   * @param compression of the stream, undefined for identity
   * @param maxBytes largest message, before and after decompression
   */
  constructor(compression: Compression | undefined, maxBytes: number) {
    this.#compression = compression;
    this.#maxBytes = maxBytes;
  }

  /** Whether a message has begun and is not complete. */
  get partial(): boolean {
    return this.#headHave > 0 || this.#need >= 0;
  }

  /** Appends the messages that `chunk` completes to `out`; returns how many. The chunk belongs to the reader afterwards. */
  push(chunk: Uint8Array, out: MessageBlock[]): number {
    const n = chunk.length;
    let p = 0;
    let count = 0;
    let block: MessageBlock | undefined;
    while (p < n) {
      if (this.#need >= 0) {
        p += this.#take(chunk, p);
        if (this.#have === this.#need) {
          out.push(this.#assembled());
          block = undefined;
          count++;
        }
        continue;
      }
      if (this.#headHave > 0 || n - p < 5) {
        this.#head[this.#headHave++] = chunk[p++];
        if (this.#headHave === 5) {
          this.#headHave = 0;
          if (this.#begin(this.#head, 0) === 0) {
            out.push(this.#assembled());
            block = undefined;
            count++;
          }
        }
        continue;
      }
      const length = this.#begin(chunk, p);
      p += 5;
      if (n - p < length) continue;
      this.#need = -1;
      if (this.#flag === 0) {
        if (block === undefined) {
          block = { buffer: chunk, ranges: [] };
          out.push(block);
        }
        block.ranges.push(p, length);
      } else {
        out.push(this.#inflated(chunk.subarray(p, p + length)));
        block = undefined;
      }
      count++;
      p += length;
    }
    return count;
  }

  #begin(buf: Uint8Array, at: number): number {
    const flag = buf[at];
    const length = ((buf[at + 1] << 24) | (buf[at + 2] << 16) | (buf[at + 3] << 8) | buf[at + 4]) >>> 0;
    if (flag > 1) throw new RpcError(Status.INTERNAL, `grpc: received unexpected payload format ${flag}`);
    if (flag === 1 && this.#compression === undefined) {
      throw new RpcError(Status.INTERNAL, 'grpc: compressed flag set with identity or empty encoding');
    }
    if (length > this.#maxBytes) {
      throw new RpcError(
        Status.RESOURCE_EXHAUSTED,
        `grpc: received message larger than max (${length} vs. ${this.#maxBytes})`,
      );
    }
    this.#flag = flag;
    this.#need = length;
    this.#have = 0;
    return length;
  }

  #take(chunk: Uint8Array, from: number): number {
    const size = Math.min(chunk.length - from, this.#need - this.#have);
    this.#parts.push(chunk.subarray(from, from + size));
    this.#have += size;
    return size;
  }

  #assembled(): MessageBlock {
    const body = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#need);
    this.#parts = [];
    this.#need = -1;
    return this.#flag === 0 ? { buffer: body, ranges: [0, body.length] } : this.#inflated(body);
  }

  #inflated(body: Uint8Array): MessageBlock {
    const compression = this.#compression;
    if (compression === undefined)
      throw new RpcError(Status.INTERNAL, 'grpc: compressed flag set with identity or empty encoding');
    let buffer: Uint8Array;
    try {
      buffer = compression.decompress(body, this.#maxBytes);
    } catch (error) {
      if (error instanceof RpcError) throw error;
      throw new RpcError(
        Status.INTERNAL,
        `grpc: failed to decompress the received message: ${(error as Error).message}`,
        { cause: error },
      );
    }
    return { buffer, ranges: [0, buffer.length] };
  }
}
