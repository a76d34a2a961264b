import { afterEach, describe, expect, test } from 'vitest';
import { blockMessage, HealthService, Status } from './index.ts';
import { loopback } from './testing/index.ts';

const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const CHECK = '/grpc.health.v1.Health/Check';

describe('health service', () => {
  test('Check answers the status, NotFound for a name it does not know', async () => {
    const health = new HealthService();
    const { channel, close } = await loopback([health.definition]);
    open.push({ close });
    expect([...(await channel.unary(CHECK, Buffer.alloc(0)))]).toEqual([8, 2]);
    health.set('', 'SERVING');
    expect([...(await channel.unary(CHECK, Buffer.alloc(0)))]).toEqual([8, 1]);
    health.set('thanos.Store', 'NOT_SERVING');
    const store = Buffer.concat([Buffer.from([10, 12]), Buffer.from('thanos.Store')]);
    expect([...(await channel.unary(CHECK, store))]).toEqual([8, 2]);
    await expect(channel.unary(CHECK, Buffer.from([10, 1, 120]))).rejects.toMatchObject({ status: Status.NOT_FOUND });
    await expect(channel.unary(CHECK, Buffer.from([10, 9, 120]))).rejects.toMatchObject({ status: Status.INTERNAL });
  });

  test('Watch tells of changes and frees its place when the client goes', async () => {
    const health = new HealthService();
    const { channel, server, close } = await loopback([health.definition]);
    open.push({ close });
    const watch = channel.stream('/grpc.health.v1.Health/Watch', Buffer.alloc(0));
    const next = async (): Promise<number[]> => {
      const blocks = await watch.read();
      return blocks === undefined ? [] : [...blockMessage(blocks[0], 0)];
    };
    expect(await next()).toEqual([8, 2]);
    health.set('', 'SERVING');
    expect(await next()).toEqual([8, 1]);
    health.set('', 'NOT_SERVING');
    expect(await next()).toEqual([8, 2]);
    watch.cancel();
    await expect.poll(() => server.openCalls).toBe(0);
  });
});
