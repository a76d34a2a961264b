import type { MetricsRegistry } from '@tsanos/bytes';
import { expect, test } from 'vitest';
import { RpcError, Status } from './index.ts';
import { loopback } from './testing/index.ts';

/** Counts by name and label values. */
function countingRegistry(): { registry: MetricsRegistry; values: Map<string, number> } {
  const values = new Map<string, number>();
  const cell = (key: string) => {
    const add = (by = 1): void => void values.set(key, (values.get(key) ?? 0) + by);
    return { inc: add, dec: (by = 1) => add(-by), set: (v: number) => void values.set(key, v), observe: () => add(1) };
  };
  const metric = (name: string) => ({
    labels: (...labels: string[]) => cell([name, ...labels].join(' ')),
    reset: () => {},
  });
  return { registry: { counter: metric, gauge: metric, histogram: metric, gaugeFunc: () => {} }, values };
}

test('calls are counted on both sides, with the names of go-grpc-middleware', async () => {
  const server = countingRegistry();
  const client = countingRegistry();
  const service = {
    name: 'test.S',
    methods: {
      Unary: {
        kind: 'unary' as const,
        handle: (request: Uint8Array) => {
          if (request.length > 0) throw new RpcError(Status.NOT_FOUND, 'x');
          return request;
        },
      },
      Stream: {
        kind: 'server-stream' as const,
        handle: (_request: Uint8Array, _call: unknown, sink: { send(m: Uint8Array): void }) => {
          for (let i = 0; i < 5; i++) sink.send(Uint8Array.of(i));
          return Promise.resolve();
        },
      },
    },
  };
  const { channel, close } = await loopback([service], { metrics: server.registry }, { metrics: client.registry });
  await channel.unary('/test.S/Unary', new Uint8Array(0));
  await channel.unary('/test.S/Unary', new Uint8Array(1)).catch(() => {});
  const stream = channel.stream('/test.S/Stream', new Uint8Array(0));
  while ((await stream.read()) !== undefined);
  for (const [side, { values }] of [
    ['server', server],
    ['client', client],
  ] as const) {
    const [received, sent] = side === 'server' ? ['received', 'sent'] : ['sent', 'received'];
    const get = (name: string, labels: string): number | undefined => values.get(`grpc_${side}_${name} ${labels}`);
    expect(get('started_total', 'unary test.S Unary')).toBe(2);
    expect(get('handled_total', 'unary test.S Unary OK')).toBe(1);
    expect(get('handled_total', 'unary test.S Unary NotFound')).toBe(1);
    expect(get('handled_total', 'server_stream test.S Stream OK')).toBe(1);
    expect(get(`msg_${received}_total`, 'server_stream test.S Stream')).toBe(1);
    expect(get(`msg_${sent}_total`, 'server_stream test.S Stream')).toBe(5);
    expect(get('handling_seconds', 'server_stream test.S Stream')).toBe(1);
  }
  await close();
});
