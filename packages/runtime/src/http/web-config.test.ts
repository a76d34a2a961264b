import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@tsanos/bytes';
import { describe, expect, test } from 'vitest';
import { Registry } from '../metrics/registry.ts';
import { bcryptMatches, isBcryptHash } from './bcrypt.ts';
import { blowfishTables } from './blowfish-tables.ts';
import { HttpServer } from './server.ts';
import { jsonReply } from './types.ts';
import { WebConfig } from './web-config.ts';

const tls = (name: string): string => fileURLToPath(new URL(`../../testdata/tls/${name}`, import.meta.url));
const write = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'tsanos-web-')), 'web.yml');
  writeFileSync(path, text);
  return path;
};
const HUNTER2 = '$2y$04$zyxwvutsrqponmlkjihgfeQtNclEdIKubIxcrYpq.juLDpW/aZ8ve';
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('bcrypt', () => {
  test("Blowfish's tables are the digits of pi", () => {
    const { p, s } = blowfishTables();
    expect([p[0], p[17], s[0], s[1023]]).toEqual([0x243f6a88, 0x8979fb1b, 0xd1310ba6, 0x3ac372e6]);
  });

  // Hashes made by crypt(3) of libxcrypt; the first is of the vectors of John the Ripper.
  test.each([
    ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    ['', '$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq'],
    ['pässwörd'.repeat(12), '$2b$04$abcdefghijklmnopqrstuu3EIilE7Xjwa.QSG9G9Ugz6f7vGhHFgu'],
    ['hunter2', HUNTER2],
  ])('%j', async (password, hash) => {
    expect(isBcryptHash(hash)).toBe(true);
    expect(await bcryptMatches(password, hash)).toBe(true);
    expect(await bcryptMatches(`${password.slice(0, 8)}x`, hash)).toBe(false);
  });

  test('what is no hash matches nothing', async () => {
    for (const hash of ['', 'hunter2', '$2b$99$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq', '$1$abc$def']) {
      expect(isBcryptHash(hash)).toBe(false);
      expect(await bcryptMatches('hunter2', hash)).toBe(false);
    }
  });
});

describe('--http.config', () => {
  test('users: right and wrong passwords, unknown users, no header, changes of the file', async () => {
    const path = write(`basic_auth_users:\n  ann: ${HUNTER2}\n`);
    const config = (await WebConfig.load(path))!;
    expect(await config.allows(basic('ann', 'hunter2'))).toBe(true);
    expect(await config.allows(basic('ann', 'hunter2'))).toBe(true);
    expect(await config.allows(basic('ann', 'hunter3'))).toBe(false);
    expect(await config.allows(basic('bob', 'hunter2'))).toBe(false);
    expect(await config.allows(basic('__proto__', 'hunter2'))).toBe(false);
    expect(await config.allows(undefined)).toBe(false);
    expect(await config.allows('Basic !!!')).toBe(false);
    expect(await config.allows(`Bearer x`)).toBe(false);
    writeFileSync(path, `basic_auth_users:\n  bob: ${HUNTER2}\n`);
    expect(await config.allows(basic('ann', 'hunter2'))).toBe(false);
    expect(await config.allows(basic('bob', 'hunter2'))).toBe(true);
    writeFileSync(path, 'basic_auth_users: [');
    expect(await config.allows(basic('bob', 'hunter3'))).toBe(false);
    expect(await config.allows(undefined)).toBe(false);
  });

  test('no users: all may pass; empty path: no configuration', async () => {
    expect(await (await WebConfig.load(write('http_server_config: {http2: true}')))!.allows(undefined)).toBe(true);
    expect(await WebConfig.load('')).toBeUndefined();
  });

  test.each([
    ['basic_auth_user: {}', /web\.yml:1:1: unknown key basic_auth_user; did you mean basic_auth_users\?/],
    ['basic_auth_users: {ann: plain}', /user ann .* is not a bcrypt hash/],
    ['tls_server_config: {cert_file: none.crt, key_file: none.key}', /cannot read .*none\.crt/],
    ['tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAnyClientCert}', /not supported/],
    [
      'tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert}',
      /needs client_ca_file/,
    ],
  ])('refuses %s', async (text, message) => {
    await expect(WebConfig.load(write(text))).rejects.toThrow(message);
  });

  test('an https server with client certificates and users, health paths included', async () => {
    const config = await WebConfig.load(
      write(
        `tls_server_config:\n  cert_file: ${tls('server.crt')}\n  key_file: ${tls('server.key')}\n  client_ca_file: ${tls('ca.crt')}\n  client_auth_type: RequireAndVerifyClientCert\n` +
          `basic_auth_users: {ann: "${HUNTER2}"}\n`,
      ),
    );
    const server = await HttpServer.create({
      address: '127.0.0.1:0',
      log: silentLogger,
      metrics: new Registry(),
      web: config,
    });
    server.add({ methods: ['GET'], path: '/-/healthy', run: (one) => jsonReply(200, one.clientCertificate) });
    await server.listen();
    const ca = readFileSync(tls('ca.crt'));
    const client = { cert: readFileSync(tls('client.crt')), key: readFileSync(tls('client.key')) };
    const get = (options: RequestOptions): Promise<[number, string]> =>
      new Promise((resolve, reject) => {
        request(`https://127.0.0.1:${server.port}/-/healthy`, { ca, agent: false, ...options }, (response) => {
          let text = '';
          response.on('data', (part) => (text += part));
          response.on('end', () => resolve([response.statusCode ?? 0, text]));
        })
          .on('error', reject)
          .end();
      });
    try {
      expect(await get({ ...client, auth: 'ann:hunter2' })).toEqual([
        200,
        JSON.stringify({ commonName: 'client', organization: 'tsanos tests', organizationalUnit: 'unit' }),
      ]);
      expect((await get({ ...client, auth: 'ann:wrong' }))[0]).toBe(401);
      expect((await get(client))[0]).toBe(401);
      await expect(get({ auth: 'ann:hunter2' })).rejects.toThrow();
    } finally {
      await server.close(AbortSignal.timeout(100));
    }
  });
});
