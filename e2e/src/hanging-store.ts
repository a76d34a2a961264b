import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A listener that takes gRPC calls and never answers; it counts the streams that are open. */
export class HangingStore {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Calls that are open now. */
  open = 0;

  private constructor(server: Http2Server) {
    this.#server = server;
  }

  static async start(): Promise<HangingStore> {
    const server = createServer();
    const store = new HangingStore(server);
    server.on('session', (session) => {
      store.#sessions.add(session);
      session.on('close', () => store.#sessions.delete(session));
      session.on('error', () => undefined);
    });
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      // Of Info calls, which are made all the time, nothing is counted.
      if (!String(headers[':path']).endsWith('/Series')) return;
      store.open++;
      stream.on('error', () => undefined);
      stream.on('close', () => store.open--);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
