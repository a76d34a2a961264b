import { Channel, type CallOptions, type ChannelOptions, type MessageStream, type RpcChannel } from './channel.ts';
import type { MessageBlock } from './frame-reader.ts';
import { RpcError, Status } from './status.ts';

/** Attempts of a call that finds its address unavailable, and the wait before the second; it doubles. As Thanos sets for groups. */
const ATTEMPTS = 3;
const FIRST_WAIT_MS = 100;
/** Addresses are looked up again after this time. */
const RESOLVE_MS = 30_000;

export interface GroupOptions extends ChannelOptions {
  /** The addresses behind the name at this moment, `host:port` each. */
  readonly resolve: () => Promise<readonly string[]>;
}

/** Several interchangeable servers behind one name: calls go round, and one that finds its server gone tries the next. */
export class GroupChannel implements RpcChannel {
  readonly target: string;
  readonly #options: GroupOptions;
  readonly #channels = new Map<string, Channel>();
  #addresses: readonly string[] = [];
  #resolvedAt = -Infinity;
  #resolving: Promise<void> | undefined;
  #turn = 0;

  constructor(target: string, options: GroupOptions) {
    this.target = target;
    this.#options = options;
  }

  async unary(path: string, request: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await (await this.#next()).unary(path, request, options);
      } catch (error) {
        await this.#retry(error, attempt, options.signal);
      }
    }
  }

  stream(path: string, request: Uint8Array, options: CallOptions = {}): MessageStream {
    return new GroupStream(
      async () => (await this.#next()).stream(path, request, options),
      (error, attempt) => this.#retry(error, attempt, options.signal),
    );
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  /** The channel whose turn it is. */
  async #next(): Promise<Channel> {
    if (performance.now() - this.#resolvedAt > RESOLVE_MS) {
      this.#resolving ??= this.#resolve().finally(() => (this.#resolving = undefined));
      // Known addresses serve while the look-up runs.
      if (this.#addresses.length === 0) await this.#resolving;
      else this.#resolving.catch(() => {});
    }
    if (this.#addresses.length === 0)
      throw new RpcError(Status.UNAVAILABLE, 'name resolver error: produced zero addresses');
    const address = this.#addresses[this.#turn++ % this.#addresses.length];
    let channel = this.#channels.get(address);
    if (channel === undefined) {
      channel = new Channel(address, this.#options);
      this.#channels.set(address, channel);
    }
    return channel;
  }

  async #resolve(): Promise<void> {
    try {
      this.#addresses = await this.#options.resolve();
      this.#resolvedAt = performance.now();
    } catch (error) {
      if (this.#addresses.length > 0) return;
      throw new RpcError(Status.UNAVAILABLE, `name resolver error: ${(error as Error).message}`, { cause: error });
    }
    for (const [address, channel] of this.#channels) {
      if (this.#addresses.includes(address)) continue;
      channel.close();
      this.#channels.delete(address);
    }
  }

  /** Waits before the next attempt; throws when there is none. */
  async #retry(error: unknown, attempt: number, signal: AbortSignal | undefined): Promise<void> {
    if (
      !(error instanceof RpcError) ||
      error.status !== Status.UNAVAILABLE ||
      attempt >= ATTEMPTS ||
      signal?.aborted === true
    )
      throw error;
    await new Promise((resolve) =>
      setTimeout(resolve, FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.8 + Math.random() * 0.4)),
    );
  }
}

/** A stream that begins again on another server as long as nothing has come. */
class GroupStream implements MessageStream {
  readonly #open: () => Promise<MessageStream>;
  readonly #retry: (error: unknown, attempt: number) => Promise<void>;
  #stream: MessageStream | undefined;
  #cancelled: RpcError | undefined;
  #began = false;

  constructor(open: () => Promise<MessageStream>, retry: (error: unknown, attempt: number) => Promise<void>) {
    this.#open = open;
    this.#retry = retry;
  }

  get headers(): Record<string, string> {
    return this.#stream?.headers ?? {};
  }

  get trailers(): Record<string, string> {
    return this.#stream?.trailers ?? {};
  }

  get encoding(): string {
    return this.#stream?.encoding ?? 'identity';
  }

  async read(): Promise<MessageBlock[] | undefined> {
    for (let attempt = 1; ; attempt++) {
      if (this.#cancelled !== undefined) throw this.#cancelled;
      try {
        this.#stream ??= await this.#open();
        if (this.#cancelled !== undefined) this.#stream.cancel(this.#cancelled);
        const blocks = await this.#stream.read();
        this.#began = true;
        return blocks;
      } catch (error) {
        if (this.#began || this.#cancelled !== undefined) throw error;
        await this.#retry(error, attempt);
        this.#stream = undefined;
      }
    }
  }

  cancel(reason: RpcError = new RpcError(Status.CANCELLED, 'context canceled')): void {
    this.#cancelled ??= reason;
    this.#stream?.cancel(reason);
  }
}
