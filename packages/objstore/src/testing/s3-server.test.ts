import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Server } from './s3-server.ts';

describe('the S3 test server', () => {
  let server: S3Server;
  let client: S3Client;
  const Bucket = 'test';
  beforeAll(async () => {
    server = await S3Server.start();
    client = new S3Client({
      region: 'eu-west-1',
      forcePathStyle: true,
      endpoint: `http://${server.endpoint}`,
      maxAttempts: 1,
      credentials: { accessKeyId: 'test-access', secretAccessKey: 'test-secret' },
    });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });
  const put = (Key: string, Body: string, extra = {}): Promise<{ ETag?: string | undefined }> =>
    client.send(new PutObjectCommand({ Bucket, Key, Body, ...extra }));
  const code = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'ok',
      (error: Error) => error.name,
    );

  it('stores a stream sent in chunks with a checksum behind it', async () => {
    const body = Buffer.alloc(200_000, 'chunk');
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'stream',
        Body: Readable.from([body.subarray(0, 70_000), body.subarray(70_000)]),
        ContentLength: body.length,
      }),
    );
    expect(server.body('stream')?.equals(body)).toBe(true);
  });
  it('honours conditions', async () => {
    const { ETag } = await put('lease', '1', { IfNoneMatch: '*' });
    expect(await code(put('lease', '2', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await code(put('lease', '2', { IfMatch: '"other"' }))).toBe('PreconditionFailed');
    expect(await code(put('lease', '2', { IfMatch: ETag }))).toBe('ok');
    expect(server.body('lease')?.toString()).toBe('2');
  });
  it('checks Content-MD5', async () => {
    expect(await code(put('md5', 'x', { ContentMD5: createHash('md5').update('y').digest('base64') }))).toBe(
      'BadDigest',
    );
    expect(await code(put('md5', 'x', { ContentMD5: createHash('md5').update('x').digest('base64') }))).toBe('ok');
  });
  it('lists with start-after and pages, copies, deletes many', async () => {
    for (const key of ['l/a', 'l/b/1', 'l/b/2', 'l/c']) await put(key, key);
    server.pageSize = 2;
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/' }));
    expect([page.Contents?.map((c) => c.Key), page.CommonPrefixes?.map((c) => c.Prefix), page.IsTruncated]).toEqual([
      ['l/a'],
      ['l/b/'],
      true,
    ]);
    const rest = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'l/', Delimiter: '/', ContinuationToken: page.NextContinuationToken }),
    );
    expect(rest.Contents?.map((c) => c.Key)).toEqual(['l/c']);
    server.pageSize = 1000;
    expect(
      (await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', StartAfter: 'l/b/1' }))).Contents?.map(
        (c) => c.Key,
      ),
    ).toEqual(['l/b/2', 'l/c']);
    await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: 'test/l/a' }));
    expect(server.body('copy')?.toString()).toBe('l/a');
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'l/a' }, { Key: 'l/b/1' }] } }));
    expect(server.keys().filter((key) => key.startsWith('l/'))).toEqual(['l/b/2', 'l/c']);
  });
  it('gives suffix ranges', async () => {
    await put('range', '0123456789');
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=-3' }));
    expect([await answer.Body?.transformToString(), answer.ContentRange]).toEqual(['789', 'bytes 7-9/10']);
  });
  it('really verifies: headers, payload, presigned URLs', async () => {
    const other = new S3Client({
      region: 'x',
      forcePathStyle: true,
      endpoint: `http://${server.endpoint}`,
      credentials: { accessKeyId: 'test-access', secretAccessKey: 'wrong' },
    });
    expect(await code(other.send(new PutObjectCommand({ Bucket, Key: 'no', Body: 'x' })))).toBe(
      'SignatureDoesNotMatch',
    );
    other.destroy();
    expect((await fetch(`http://${server.endpoint}/test/range`)).status).toBe(403);
    const url = presign(server.endpoint, '/test/range', 60);
    expect(await (await fetch(url)).text()).toBe('0123456789');
    expect((await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000'))).status).toBe(403);
    expect((await fetch(presign(server.endpoint, '/test/range', -1))).status).toBe(403);
  });
});

/** A presigned GET, by AWS' description of it. */
function presign(host: string, path: string, seconds: number): string {
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${date.slice(0, 8)}/eu-west-1/s3/aws4_request`;
  const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(`test-access/${scope}`)}&X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host`;
  const canonical = `GET\n${path}\n${query}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  let key: Buffer = Buffer.from('AWS4test-secret');
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return `http://${host}${path}?${query}&X-Amz-Signature=${createHmac('sha256', key).update(toSign).digest('hex')}`;
}
