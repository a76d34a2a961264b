import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Channel, Status, type ClientCertificate, type ServiceDefinition } from './index.ts';
import { loopback } from './testing/index.ts';

// Made with openssl for these tests, valid for a hundred years, trusted by nobody.
const pem = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');
const open: { close(): Promise<void> | void }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const seen: (ClientCertificate | undefined)[] = [];
const echo: ServiceDefinition = {
  name: 'test.Echo',
  methods: {
    Echo: {
      kind: 'unary',
      handle: (request, call) => {
        seen.push(call.clientCertificate);
        return request;
      },
    },
  },
};
const server = { cert: pem('server.crt'), key: pem('server.key') };

describe('TLS', () => {
  test('checks the server against the CA and the name', async () => {
    const { address, channel, close } = await loopback([echo], { tls: server }, { tls: { ca: pem('ca.crt') } });
    open.push({ close });
    expect((await channel.unary('/test.Echo/Echo', Buffer.from('x'))).length).toBe(1);
    const cases = [
      { tls: { ca: pem('ca.crt'), serverName: 'server.test' }, ok: true },
      { tls: { ca: pem('ca.crt'), serverName: 'other.test' }, ok: false },
      { tls: {}, ok: false },
      { tls: { insecureSkipVerify: true }, ok: true },
      { tls: undefined, ok: false },
    ];
    for (const { tls, ok } of cases) {
      const each = new Channel(address, { tls });
      open.push(each);
      const call = each.unary('/test.Echo/Echo', Buffer.from('x'), { timeoutMs: 5000 });
      if (ok) await call;
      else await expect(call).rejects.toMatchObject({ status: Status.UNAVAILABLE });
    }
  });

  test('mutual: a client without a certificate is refused, the subject of one is seen', async () => {
    const { address, close } = await loopback([echo], { tls: { ...server, clientCa: pem('ca.crt') } });
    open.push({ close });
    const bare = new Channel(address, { tls: { ca: pem('ca.crt') } });
    const known = new Channel(address, { tls: { ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') } });
    open.push(bare, known);
    await expect(bare.unary('/test.Echo/Echo', Buffer.from('x'), { timeoutMs: 5000 })).rejects.toMatchObject({
      status: Status.UNAVAILABLE,
    });
    await known.unary('/test.Echo/Echo', Buffer.from('x'));
    expect(seen.at(-1)).toEqual({ organization: 'team-a', organizationalUnit: 'unit', commonName: 'client.test' });
  });
});
