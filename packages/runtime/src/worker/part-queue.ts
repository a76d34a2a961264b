import type { TsanosError } from '@tsanos/bytes';

/** Parts that arrived and wait for their reader; bounded by the credits of the protocol. */
export class PartQueue {
  readonly #parts: Uint8Array[] = [];
  #ended = false;
  #error: TsanosError | undefined;
  #wake: (() => void) | undefined;

  push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The reader gets what came before, then the error. A cancelled reader wants no more: its parts are dropped. */
  fail(error: TsanosError): void {
    if (this.#ended || this.#error !== undefined) return;
    if (error.kind === 'cancelled') this.#parts.length = 0;
    this.#error = error;
    this.#wake?.();
  }

  /** The next part, undefined after the last. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) return part;
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
