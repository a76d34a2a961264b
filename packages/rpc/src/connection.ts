import http2, { type ClientHttp2Session } from 'node:http2';
import { formatAddress, parseAddress } from './address.ts';
import { RpcError, Status } from './status.ts';
import { clientTlsOptions, type ClientTls } from './tls.ts';
import { WINDOW_BYTES } from './server.ts';

export interface ConnectionOptions {
  readonly tls?: ClientTls | undefined;
  /**
   * A ping goes out after this time while calls are open; default 12 s, 0 = none. Thanos' servers cut off a client that pings
   * more often than every 10 s.
   */
  readonly keepaliveMs?: number | undefined;
  /** Without an answer to it the connection is dropped; default 5 s. */
  readonly keepaliveTimeoutMs?: number | undefined;
  /** Time to get a connection; default 20 s as grpc-go. */
  readonly connectTimeoutMs?: number | undefined;
}

/** Waits between attempts to connect: 1 s, then 1.6 times as long each, at most 2 minutes, give or take 20 %. */
function backoffMs(failures: number): number {
  return Math.min(120_000, 1000 * 1.6 ** (failures - 1)) * (0.8 + Math.random() * 0.4);
}

/** One HTTP/2 connection to one address, made on first use and again after it was lost. */
export class Connection {
  readonly address: string;
  readonly #options: ConnectionOptions;
  #session: ClientHttp2Session | undefined;
  #connecting: Promise<ClientHttp2Session> | undefined;
  #failures = 0;
  #retryAt = 0;
  #lastError: RpcError | undefined;
  #keepalive: NodeJS.Timeout | undefined;
  #open = 0;
  #closed = false;

  constructor(address: string, options: ConnectionOptions) {
    this.address = address;
    this.#options = options;
  }

  /** A session that takes calls. While in backoff it throws the last failure at once, unless `waitForReady`. */
  async session(waitForReady: boolean, signal: AbortSignal | undefined): Promise<ClientHttp2Session> {
    for (;;) {
      if (this.#closed) throw new RpcError(Status.CANCELLED, 'grpc: the client connection is closing');
      const session = this.#session;
      if (session !== undefined && !session.closed && !session.destroyed) return session;
      const wait = this.#retryAt - Date.now();
      if (this.#connecting === undefined && wait > 0 && this.#lastError !== undefined) {
        if (!waitForReady) throw this.#lastError;
        await sleep(Math.min(wait, 1000), signal);
        continue;
      }
      try {
        return await orAborted((this.#connecting ??= this.#connect()), signal);
      } catch (error) {
        if (!waitForReady || signal?.aborted === true) throw error;
      }
    }
  }

  /** Keepalive runs while calls are open. */
  callOpened(): void {
    this.#open++;
    const every = this.#options.keepaliveMs ?? 12_000;
    if (every > 0) this.#keepalive ??= setInterval(() => this.#ping(), every).unref();
  }

  callClosed(): void {
    this.#open--;
    if (this.#open > 0) return;
    clearInterval(this.#keepalive);
    this.#keepalive = undefined;
  }

  /** Ends the connection; open calls fail. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#keepalive);
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connect(): Promise<ClientHttp2Session> {
    const { host, port } = parseAddress(this.address);
    const name = host === '' ? 'localhost' : host;
    const tls = this.#options.tls;
    const url = `${tls === undefined ? 'http' : 'https'}://${formatAddress(name, port)}`;
    const session = http2.connect(url, {
      settings: { initialWindowSize: WINDOW_BYTES, maxFrameSize: 64 * 1024, enablePush: false },
      maxSessionMemory: 4096,
      ...(tls === undefined ? {} : clientTlsOptions(tls, name)),
    });
    return new Promise<ClientHttp2Session>((resolve, reject) => {
      const timer = setTimeout(
        () => session.destroy(new Error('i/o timeout')),
        this.#options.connectTimeoutMs ?? 20_000,
      );
      let failure: Error | undefined;
      let settled = false;
      const fail = (): void => {
        clearTimeout(timer);
        if (this.#session === session) this.#session = undefined;
        if (settled) return;
        settled = true;
        reject(this.#failed(failure));
      };
      session.on('error', (error: Error) => {
        failure = error;
      });
      session.once('close', fail);
      // Node never closes a session whose TLS 1.3 server refuses the client's certificate after the handshake.
      session.once('connect', (_session, socket) => {
        socket.once('error', (error: Error) => {
          failure = error;
          session.destroy(error);
          fail();
        });
      });
      // The peer's settings prove that it speaks HTTP/2; grpc-go waits for them too.
      session.once('remoteSettings', () => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        session.setLocalWindowSize(WINDOW_BYTES);
        this.#connecting = undefined;
        this.#failures = 0;
        this.#lastError = undefined;
        this.#session = session;
        if (this.#closed) this.close();
        resolve(session);
      });
    });
  }

  /** Notes a failed attempt and when the next may begin. */
  #failed(cause: Error | undefined): RpcError {
    this.#connecting = undefined;
    this.#failures++;
    this.#retryAt = Date.now() + backoffMs(this.#failures);
    this.#lastError = new RpcError(Status.UNAVAILABLE, connectionErrorText(this.address, cause), { cause });
    return this.#lastError;
  }

  #ping(): void {
    const session = this.#session;
    if (session === undefined || session.destroyed) return;
    const timer = setTimeout(
      () => session.destroy(new Error('keepalive ping timeout')),
      this.#options.keepaliveTimeoutMs ?? 5000,
    ).unref();
    session.once('close', () => clearTimeout(timer));
    if (!session.ping(() => clearTimeout(timer))) clearTimeout(timer);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'connection reset by peer',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'i/o timeout',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
};

/** The text grpc-go has for a connection that cannot be made. */
function connectionErrorText(address: string, error: Error | undefined): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const reason = REASONS[code] ?? error?.message ?? 'connection closed before server preface received';
  if (code in REASONS || reason === 'i/o timeout')
    return `connection error: desc = "transport: Error while dialing: dial tcp ${address}: ${reason}"`;
  return `connection error: desc = "error reading server preface: ${reason}"`;
}

function abortReason(signal: AbortSignal): unknown {
  return signal.reason instanceof RpcError
    ? signal.reason
    : new RpcError(Status.CANCELLED, 'context canceled', { cause: signal.reason });
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(abortReason(signal) as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return orAborted(new Promise((resolve) => setTimeout(resolve, ms)), signal);
}
