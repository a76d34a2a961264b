import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import {
  blockMessage,
  Channel,
  RpcError,
  RpcServer,
  Status,
  type MessageStream,
  type ServerCall,
  type ServiceDefinition,
} from './index.ts';
import { loopback, type Loopback } from './testing/index.ts';
import { GroupChannel } from './group-channel.ts';

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

interface Seen {
  calls: ServerCall[];
  produced: number;
}

function testService(seen: Seen): ServiceDefinition {
  return {
    name: 'test.Echo',
    methods: {
      Echo: {
        kind: 'unary',
        handle: (request, call) => {
          seen.calls.push(call);
          call.trailers['x-trailer'] = 'yes';
          return request;
        },
      },
      Fail: {
        kind: 'unary',
        handle: (request) => {
          throw new RpcError(Status.FAILED_PRECONDITION, `nö: ${Buffer.from(request).toString()} 100%`, {
            details: Uint8Array.of(1, 2, 3),
          });
        },
      },
      Hang: {
        kind: 'unary',
        handle: async (request, call) => {
          seen.calls.push(call);
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }));
          return request;
        },
      },
      // The request says how many messages, of which size.
      Count: {
        kind: 'server-stream',
        handle: async (request, call, sink) => {
          seen.calls.push(call);
          const [count, size] = Buffer.from(request).toString().split(',').map(Number);
          for (let i = 0; i < count; i++) {
            const at = sink.alloc(size);
            sink.buffer.fill(i & 0xff, at, at + size);
            seen.produced += size;
            if (sink.congested) await sink.drain();
          }
        },
      },
      FailLate: {
        kind: 'server-stream',
        handle: async (_request, _call, sink) => {
          sink.send(Uint8Array.of(7));
          throw new RpcError(Status.ABORTED, 'late');
        },
      },
      Chat: {
        kind: 'bidi',
        handle: async (requests, _call, sink) => {
          for await (const request of requests) {
            sink.send(request);
            sink.flush();
          }
        },
      },
    },
  };
}

async function start(
  options: Parameters<typeof loopback>[1] = {},
  client: Parameters<typeof loopback>[2] = {},
): Promise<Loopback & { seen: Seen }> {
  const seen: Seen = { calls: [], produced: 0 };
  const made = await loopback([testService(seen)], options, client);
  open.push(made);
  return { ...made, seen };
}

async function readAll(stream: MessageStream): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  for (let blocks = await stream.read(); blocks !== undefined; blocks = await stream.read()) {
    for (const block of blocks) for (let i = 0; i < block.ranges.length / 2; i++) out.push(blockMessage(block, i));
  }
  return out;
}

function checkCount(messages: readonly Uint8Array[], count: number, size: number): void {
  expect(messages.length).toBe(count);
  messages.forEach((message, i) => {
    expect(message.length).toBe(size);
    if (size > 0 && (message[0] !== (i & 0xff) || message[size - 1] !== (i & 0xff)))
      expect.fail(`message ${i} is wrong`);
  });
}

const identity = (b: Buffer): Buffer => b;

function grpcJs(address: string, options: grpc.ClientOptions = {}): grpc.Client {
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    ...options,
  });
  open.push(client);
  return client;
}

function grpcUnary(
  client: grpc.Client,
  path: string,
  request: Buffer,
  options: grpc.CallOptions = {},
  metadata = new grpc.Metadata(),
): Promise<{ answer: Buffer; trailer: grpc.Metadata }> {
  return new Promise((resolve, reject) => {
    let answer: Buffer | undefined;
    const call = client.makeUnaryRequest(path, identity, identity, request, metadata, options, (error, value) => {
      if (error !== null) reject(error);
      answer = value;
    });
    call.on('status', (status) => {
      if (answer !== undefined) resolve({ answer, trailer: status.metadata });
    });
  });
}

describe.each(['none', 'gzip', 'snappy'] as const)('own client and server, compression %s', (compression) => {
  test('unary, empty and large', async () => {
    const { channel } = await start({}, { compression });
    for (const size of [0, 1, 5, 100_000, 3_000_000]) {
      const request = new Uint8Array(size).fill(size % 251);
      const answer = await channel.unary('/test.Echo/Echo', request);
      expect(Buffer.compare(answer, request)).toBe(0);
    }
  });

  test('streams of many sizes keep every message', async () => {
    const { channel } = await start({}, { compression });
    for (const [count, size] of [
      [0, 0],
      [1000, 0],
      [3000, 1],
      [2000, 777],
      [40, 70_000],
      [3, 700_000],
    ]) {
      const stream = channel.stream('/test.Echo/Count', Buffer.from(`${count},${size}`));
      checkCount(await readAll(stream), count, size);
      if (count > 0) expect(stream.encoding).toBe(compression === 'none' ? 'identity' : compression);
    }
  });
});

describe('grpc-js client on our server', () => {
  test('unary with metadata, trailers and gzip', async () => {
    const { address, seen } = await start();
    for (const algorithm of [grpc.compressionAlgorithms.identity, grpc.compressionAlgorithms.gzip]) {
      const client = grpcJs(address, { 'grpc.default_compression_algorithm': algorithm });
      const metadata = new grpc.Metadata();
      metadata.set('thanos-tenant', 'team-a');
      const { answer, trailer } = await grpcUnary(client, '/test.Echo/Echo', Buffer.alloc(50_000, 3), {}, metadata);
      expect(answer.equals(Buffer.alloc(50_000, 3))).toBe(true);
      expect(trailer.get('x-trailer')).toEqual(['yes']);
    }
    expect(seen.calls[0].metadata['thanos-tenant']).toBe('team-a');
  });

  test('stream', async () => {
    const { address } = await start();
    const call = grpcJs(address).makeServerStreamRequest(
      '/test.Echo/Count',
      identity,
      identity,
      Buffer.from('5000,333'),
    );
    const messages: Buffer[] = [];
    for await (const message of call) messages.push(message as Buffer);
    checkCount(messages, 5000, 333);
  });

  test('status, message and details of errors', async () => {
    const { address } = await start();
    const error = (await grpcUnary(grpcJs(address), '/test.Echo/Fail', Buffer.from('x')).catch(
      (e: unknown) => e,
    )) as grpc.ServiceError;
    expect([error.code, error.details]).toEqual([9, 'nö: x 100%']);
    expect(error.metadata.get('grpc-status-details-bin')).toEqual([Buffer.from([1, 2, 3])]);
    for (const [path, message] of [
      ['/thanos.Nowhere/Do', 'unknown service thanos.Nowhere'],
      ['/test.Echo/Nothing', 'unknown method Nothing for service test.Echo'],
    ]) {
      const unknown = (await grpcUnary(grpcJs(address), path, Buffer.from('x')).catch(
        (e: unknown) => e,
      )) as grpc.ServiceError;
      expect([unknown.code, unknown.details]).toEqual([12, message]);
    }
  });

  test('deadline reaches the handler', async () => {
    const { address, seen } = await start();
    const error = (await grpcUnary(grpcJs(address), '/test.Echo/Hang', Buffer.from('x'), {
      deadline: Date.now() + 150,
    }).catch((e: unknown) => e)) as grpc.ServiceError;
    expect(error.code).toBe(Status.DEADLINE_EXCEEDED);
    expect(seen.calls[0].deadline - Date.now()).toBeLessThan(150);
    await expect.poll(() => seen.calls[0].signal.aborted, { timeout: 2000 }).toBe(true);
  });

  test('bidirectional', async () => {
    const { address } = await start();
    const call = grpcJs(address).makeBidiStreamRequest('/test.Echo/Chat', identity, identity);
    const got: string[] = [];
    call.on('data', (b: Buffer) => {
      got.push(b.toString());
      if (got.length < 3) call.write(Buffer.from(`m${got.length}`));
      else call.end();
    });
    call.write(Buffer.from('m0'));
    await new Promise((resolve) => call.on('end', resolve));
    expect(got).toEqual(['m0', 'm1', 'm2']);
  });
});

describe('our client on a grpc-js server', () => {
  test('unary, stream, errors', async () => {
    const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
    open.push({ close: () => server.forceShutdown() });
    const method = {
      requestStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    };
    server.addService(
      {
        Echo: { path: '/test.Echo/Echo', responseStream: false, ...method },
        Fail: { path: '/test.Echo/Fail', responseStream: false, ...method },
        Count: { path: '/test.Echo/Count', responseStream: true, ...method },
      } as unknown as grpc.ServiceDefinition,
      {
        Echo: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
          done(null, call.request),
        Fail: (_call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
          done({ code: 5, details: 'fehlt: ü%' }),
        Count: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
          for (let i = 0; i < 3000; i++) call.write(Buffer.alloc(200, i & 0xff));
          call.end();
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (e, p) =>
        e === null ? resolve(p) : reject(e),
      ),
    );
    for (const compression of ['none', 'gzip'] as const) {
      const channel = new Channel(`127.0.0.1:${port}`, { compression });
      open.push(channel);
      const request = Buffer.alloc(100_000, 9);
      expect(Buffer.compare(await channel.unary('/test.Echo/Echo', request), request)).toBe(0);
      checkCount(await readAll(channel.stream('/test.Echo/Count', request)), 3000, 200);
      const error = await channel.unary('/test.Echo/Fail', request).catch((e: unknown) => e);
      expect(error).toMatchObject({
        status: 5,
        message: 'fehlt: ü%',
        goText: 'rpc error: code = NotFound desc = fehlt: ü%',
      });
    }
  });
});

describe('cancel, deadlines, back-pressure', () => {
  test('a cancelled call frees its handler within 50 ms', async () => {
    const { channel, server, seen } = await start();
    const stream = channel.stream('/test.Echo/Count', Buffer.from('1000000,10000'));
    await stream.read();
    let freedAt = 0;
    seen.calls[0].signal.addEventListener('abort', () => (freedAt = performance.now()));
    const from = performance.now();
    stream.cancel();
    await expect.poll(() => server.openCalls, { interval: 2 }).toBe(0);
    expect(freedAt - from).toBeLessThan(50);
    await expect(stream.read()).rejects.toMatchObject({ status: Status.CANCELLED });
  });

  test('a lost connection frees its handlers within 50 ms', async () => {
    const { address, server, seen } = await start();
    const client = new Channel(address);
    const streams = [1, 2, 3].map(() => client.stream('/test.Echo/Count', Buffer.from('1000000,10000')));
    for (const stream of streams) await stream.read();
    let freedAt = 0;
    seen.calls[2].signal.addEventListener('abort', () => (freedAt = performance.now()));
    const from = performance.now();
    client.close();
    await expect.poll(() => server.openCalls, { interval: 2 }).toBe(0);
    expect(freedAt - from).toBeLessThan(50);
    for (const stream of streams) {
      await expect(readAll(stream)).rejects.toMatchObject({ status: Status.UNAVAILABLE });
    }
  });

  test('the deadline of our client ends the call on both sides', async () => {
    const { channel, seen } = await start();
    await expect(channel.unary('/test.Echo/Hang', Buffer.from('x'), { timeoutMs: 80 })).rejects.toMatchObject({
      status: Status.DEADLINE_EXCEEDED,
    });
    await expect.poll(() => seen.calls[0].signal.aborted).toBe(true);
  });

  test('an abort signal ends the call', async () => {
    const { channel, seen } = await start();
    const abort = new AbortController();
    const call = channel.unary('/test.Echo/Hang', Buffer.from('x'), { signal: abort.signal });
    await expect.poll(() => seen.calls.length).toBe(1);
    abort.abort();
    await expect(call).rejects.toMatchObject({ status: Status.CANCELLED });
    await expect.poll(() => seen.calls[0].signal.aborted).toBe(true);
  });

  test('a reader that stops pauses the producer', async () => {
    const { channel, seen } = await start();
    const stream = channel.stream('/test.Echo/Count', Buffer.from('10000,20000'));
    await stream.read();
    await sleep(300);
    const produced = seen.produced;
    await sleep(200);
    expect(seen.produced).toBe(produced);
    // Window, the reader's queue, kernel buffers and one round of writes; of 200 MB.
    expect(produced).toBeLessThan(20_000_000);
    let bytes = 0;
    for (let blocks = await stream.read(); blocks !== undefined; blocks = await stream.read()) {
      for (const block of blocks) for (let i = 1; i < block.ranges.length; i += 2) bytes += block.ranges[i];
    }
    expect(bytes).toBeGreaterThan(190_000_000);
    expect(seen.produced).toBe(200_000_000);
  });

  test('an error after messages comes after them', async () => {
    const { channel } = await start();
    const stream = channel.stream('/test.Echo/FailLate', Buffer.alloc(0));
    const first = await stream.read();
    if (first !== undefined) expect(blockMessage(first[0], 0)).toEqual(Buffer.from([7]));
    await expect(stream.read()).rejects.toMatchObject({ status: Status.ABORTED, message: 'late' });
  });
});

describe('groups', () => {
  test('calls go round, and past servers that are gone', async () => {
    const servers = [await start(), await start(), await start()];
    let lookups = 0;
    const group = new GroupChannel('group', {
      resolve: () => {
        lookups++;
        return Promise.resolve(servers.map((each) => each.address));
      },
    });
    open.push(group);
    for (let i = 0; i < 6; i++) await group.unary('/test.Echo/Echo', Buffer.from('x'));
    expect(servers.map((each) => each.seen.calls.length)).toEqual([2, 2, 2]);
    await servers[1].server.shutdown(AbortSignal.abort());
    for (let i = 0; i < 3; i++) {
      expect((await group.unary('/test.Echo/Echo', Buffer.from('x'))).length).toBe(1);
      checkCount(await readAll(group.stream('/test.Echo/Count', Buffer.from('100,50'))), 100, 50);
    }
    await expect(group.unary('/test.Echo/Fail', Buffer.from('x'))).rejects.toMatchObject({
      status: Status.FAILED_PRECONDITION,
    });
    expect(lookups).toBe(1);
    const none = new GroupChannel('none', { resolve: () => Promise.resolve([]) });
    await expect(none.unary('/test.Echo/Echo', Buffer.from('x'))).rejects.toMatchObject({ status: Status.UNAVAILABLE });
    const stream = group.stream('/test.Echo/Count', Buffer.from('1000000,1000'));
    await stream.read();
    stream.cancel();
    await expect(readAll(stream)).rejects.toMatchObject({ status: Status.CANCELLED });
  });
});

describe('connections', () => {
  test('nobody listens: Unavailable with the text of Go, and the call after the backoff succeeds', async () => {
    const { server, address } = await start();
    await server.shutdown(AbortSignal.abort());
    const channel = new Channel(address);
    open.push(channel);
    const error = (await channel.unary('/test.Echo/Echo', Buffer.from('x')).catch((e: unknown) => e)) as RpcError;
    expect(error.goText).toBe(
      `rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp ${address}: connect: connection refused"`,
    );
    const again = new RpcServer();
    again.register(testService({ calls: [], produced: 0 }));
    await again.listen(address);
    open.push({ close: () => again.shutdown(AbortSignal.abort()) });
    const answer = await channel.unary('/test.Echo/Echo', Buffer.from('x'), { waitForReady: true, timeoutMs: 10_000 });
    expect(Buffer.from(answer).toString()).toBe('x');
  });

  test('a connection of age gets GOAWAY, open calls end well, new ones take another connection', async () => {
    const { channel } = await start({ maxConnectionAgeMs: 100, maxConnectionAgeGraceMs: 5000 });
    const stream = channel.stream('/test.Echo/Count', Buffer.from('500,20000'));
    await stream.read();
    await sleep(250);
    expect(Buffer.from(await channel.unary('/test.Echo/Echo', Buffer.from('new'))).toString()).toBe('new');
    let count = 0;
    for (const message of await readAll(stream)) count += message.length > 0 ? 1 : 0;
    expect(count).toBeGreaterThan(0);
  });

  test('a call that a server refuses unseen begins again, once', async () => {
    let refuse = 1;
    const server = http2.createServer();
    server.on('stream', (stream) => {
      stream.on('error', () => {});
      if (refuse-- > 0) return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'seen' },
        { endStream: true },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const channel = new Channel(`127.0.0.1:${(server.address() as net.AddressInfo).port}`);
    open.push({ close: () => void server.close() }, channel);
    const call = (): Promise<unknown> => channel.unary('/test.Echo/Echo', Buffer.from('x')).catch((e: unknown) => e);
    expect(await call()).toMatchObject({ status: Status.NOT_FOUND, message: 'seen' });
    refuse = 2;
    expect(await call()).toMatchObject({ status: Status.UNAVAILABLE });
  });

  test('shutdown lets open calls end, then cuts', async () => {
    const { channel, server } = await start();
    const stream = channel.stream('/test.Echo/Count', Buffer.from('100,20000'));
    await stream.read();
    const stopped = server.shutdown(AbortSignal.timeout(5000));
    await readAll(stream);
    channel.close();
    await stopped;
  });

  test('keepalive drops a peer that answers no ping, and no other', async () => {
    const { channel } = await start({}, { keepaliveMs: 20, keepaliveTimeoutMs: 1000 });
    await expect(channel.unary('/test.Echo/Hang', Buffer.from('x'), { timeoutMs: 200 })).rejects.toMatchObject({
      status: Status.DEADLINE_EXCEEDED,
    });
    // Sends its settings and nothing more.
    const mute = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.write(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0));
      socket.resume();
    });
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => void mute.close() });
    const deaf = new Channel(`127.0.0.1:${(mute.address() as net.AddressInfo).port}`, {
      keepaliveMs: 20,
      keepaliveTimeoutMs: 50,
    });
    open.push(deaf);
    await expect(deaf.unary('/test.Echo/Echo', Buffer.from('x'), { timeoutMs: 5000 })).rejects.toMatchObject({
      status: Status.UNAVAILABLE,
    });
  });

  test('limits of message size', async () => {
    const { address } = await start({ maxMessageBytes: 1000 });
    const channel = new Channel(address, { maxMessageBytes: 100 });
    open.push(channel);
    await expect(channel.unary('/test.Echo/Echo', Buffer.alloc(1001))).rejects.toMatchObject({
      status: Status.RESOURCE_EXHAUSTED,
      message: 'grpc: received message larger than max (1001 vs. 1000)',
    });
    await expect(channel.unary('/test.Echo/Echo', Buffer.alloc(101))).rejects.toMatchObject({
      status: Status.RESOURCE_EXHAUSTED,
    });
    expect((await channel.unary('/test.Echo/Echo', Buffer.alloc(100))).length).toBe(100);
  });
});
