import type { ServerHttp2Stream } from 'node:http2';
import { blockMessage, type FrameReader, type MessageBlock } from './frame-reader.ts';
import { RpcError, Status } from './status.ts';

/** Requests of a bidirectional call as they come; the connection is paused while some wait. */
export class RequestQueue implements AsyncIterable<Uint8Array> {
  readonly #stream: ServerHttp2Stream;
  readonly #queue: Uint8Array[] = [];
  #ended = false;
  #error: RpcError | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: ServerHttp2Stream, reader: FrameReader, received: () => void) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      const blocks: MessageBlock[] = [];
      try {
        if (reader.push(chunk, blocks) === 0) return;
      } catch (error) {
        return this.fail(error as RpcError);
      }
      for (const block of blocks) {
        for (let i = 0; i < block.ranges.length / 2; i++) {
          this.#queue.push(blockMessage(block, i));
          received();
        }
      }
      stream.pause();
      this.#signal();
    });
    stream.on('end', () => {
      if (reader.partial) this.fail(new RpcError(Status.INTERNAL, 'unexpected EOF'));
      this.#ended = true;
      this.#signal();
    });
  }

  /** Makes the iteration throw after what has arrived. */
  fail(error: RpcError): void {
    this.#error ??= error;
    this.#signal();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return;
      this.#stream.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #signal(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
