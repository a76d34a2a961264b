import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { loadClientTls } from './grpc-client-tls.ts';
import { loadServerTls, watchServerTls, type ServerTlsMaterial } from './grpc-server-tls.ts';

const data = (name: string): string => fileURLToPath(new URL(`../../testdata/tls/${name}`, import.meta.url));
const off = { cert: '', key: '', clientCa: '', minVersion: '1.3', ciphers: [], curves: [] };
const on = { ...off, cert: data('server.crt'), key: data('server.key') };

describe('TLS of the gRPC server', () => {
  test('off without key and certificate', async () => expect(await loadServerTls(off)).toBeUndefined());

  test("Go's names are translated", async () => {
    const tls = await loadServerTls({
      ...on,
      minVersion: '1.2',
      ciphers: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
      curves: ['CurveP256', 'X25519'],
    });
    expect(tls).toMatchObject({
      minVersion: 'TLSv1.2',
      ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256',
      curves: 'P-256:X25519',
      clientCa: undefined,
    });
    const { minVersion, ciphers, curves, cert, key } = tls!;
    createSecureContext({ minVersion, ciphers, ecdhCurve: curves, cert, key });
  });

  test.each([
    [{ ...off, cert: 'x' }, 'both server key and certificate must be provided'],
    [{ ...off, clientCa: 'x' }, 'when a client CA is used a server key and certificate must also be provided'],
    [{ ...on, minVersion: '1.4' }, '--grpc-server-tls-min-version: TLS version "1.4" is none of 1.0, 1.1, 1.2, 1.3'],
    [{ ...on, ciphers: ['RC4'] }, '--grpc-server-tls-ciphers: TLS cipher suite "RC4" is unknown'],
    [{ ...on, curves: ['P256'] }, '--grpc-server-tls-curves: TLS curve "P256" is unknown'],
    [{ ...on, cert: '/none' }, '--grpc-server-tls-cert: cannot read /none'],
  ])('refuses %#', async (flags, message) => {
    await expect(loadServerTls(flags)).rejects.toThrow(message);
  });

  test('new files are noticed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsanos-tls-'));
    const flags = { ...off, cert: join(folder, 'crt'), key: join(folder, 'key') };
    copyFileSync(data('server.crt'), flags.cert);
    copyFileSync(data('server.key'), flags.key);
    const stop = new AbortController();
    const seen: ServerTlsMaterial[] = [];
    watchServerTls(flags, stop.signal, (tls) => seen.push(tls), 20);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen).toEqual([]);
    copyFileSync(data('client.crt'), flags.cert);
    copyFileSync(data('client.key'), flags.key);
    await expect
      .poll(() => seen.at(-1)?.key)
      .toBe((await loadServerTls({ ...off, cert: data('client.crt'), key: data('client.key') }))!.key);
    stop.abort();
  });
});

test('TLS of a gRPC client', async () => {
  const settings = {
    secure: true,
    skipVerify: false,
    cert: data('client.crt'),
    key: data('client.key'),
    ca: data('ca.crt'),
    serverName: 'x',
    minVersion: '',
  };
  expect(await loadClientTls(settings, 'flags')).toMatchObject({
    serverName: 'x',
    minVersion: 'TLSv1.3',
    insecureSkipVerify: false,
    ca: expect.stringContaining('BEGIN CERTIFICATE'),
  });
  expect(await loadClientTls({ ...settings, secure: false }, 'flags')).toBeUndefined();
  await expect(loadClientTls({ ...settings, key: '' }, 'flags')).rejects.toThrow('both client key and certificate');
});
