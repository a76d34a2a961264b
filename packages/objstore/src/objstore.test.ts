import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createBucket,
  FilesystemBucket,
  isAccessDenied,
  isNotFound,
  isRetryable,
  MemoryBucket,
  ObjstoreError,
  parseBucketConfig,
  PrefixedBucket,
  RetryingBucket,
  S3Bucket,
} from './index.ts';
import { bucketSuite, ObservedBucket, S3Server, seededFaults } from './testing/index.ts';

const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), 'objstore-'));
const s3 = (server: S3Server, bucket: string, extra = ''): S3Bucket => {
  const parsed = parseBucketConfig(server.yaml(bucket, extra));
  if (parsed.type !== 'S3') throw new Error('S3');
  return new S3Bucket(parsed.config);
};

bucketSuite('memory', () => Promise.resolve(new MemoryBucket()));
bucketSuite('filesystem', async () => new FilesystemBucket(await temporary()));
bucketSuite('prefix', () => Promise.resolve(new PrefixedBucket(new MemoryBucket(), 'a/b')));
bucketSuite('observed', () => Promise.resolve(new ObservedBucket(new MemoryBucket())));
bucketSuite('as configured', async () =>
  createBucket(parseBucketConfig(`type: filesystem\nprefix: /p/\nconfig: {directory: ${await temporary()}}`)),
);

describe('S3', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.start({ buckets: ['test', 'paged', 'v1', 'faults'] });
  });
  afterAll(() => server.close());

  bucketSuite('S3', () => Promise.resolve(s3(server, 'test')));
  bucketSuite('S3, small pages', () => {
    server.pageSize = 2;
    return Promise.resolve(s3(server, 'paged'));
  });
  bucketSuite('S3, list version 1', () => Promise.resolve(s3(server, 'v1', '  list_objects_version: v1\n')));

  it('uploads large files in parts and shows them only whole', async () => {
    const path = join(await temporary(), 'big');
    const body = Buffer.alloc(12 * 1024 * 1024, 'part');
    await writeFile(path, body);
    const bucket = s3(server, 'faults', `  part_size: ${5 * 1024 * 1024}\n`);
    server.fault = (method, _key, count) => (method === 'PUT' && count % 2 === 0 ? { status: 503 } : undefined);
    await expect(bucket.uploadFile('big', path)).rejects.toSatisfy(isRetryable);
    expect(server.body('big', 'faults')).toBeUndefined();
    server.fault = undefined;
    await bucket.uploadFile('big', path);
    expect(server.body('big', 'faults')?.equals(body)).toBe(true);
  });

  it('tries again after 503, resets and cut bodies, and gives up with the last error', async () => {
    const bucket = new RetryingBucket(s3(server, 'faults'), { totalMs: 5000, firstDelayMs: 1, maxDelayMs: 5 });
    await bucket.upload('x', Buffer.alloc(1000, 'x'));
    let left = 3;
    const faults = [{ status: 503 }, { reset: true }, { truncateAt: 10 }];
    server.fault = () => faults[--left];
    expect((await bucket.get('x')).length).toBe(1000);
    server.fault = () => ({ status: 500 });
    const impatient = new RetryingBucket(s3(server, 'faults'), { totalMs: 20, firstDelayMs: 1, maxDelayMs: 5 });
    await expect(impatient.get('x')).rejects.toSatisfy(isRetryable);
    server.fault = undefined;
  });

  it('says when the keys are wrong', async () => {
    const config = parseBucketConfig(server.yaml('test').replace('test-secret', 'other'));
    if (config.type !== 'S3') throw new Error('S3');
    await expect(new S3Bucket(config.config).get('x')).rejects.toSatisfy(isAccessDenied);
  });
});

describe('retries', () => {
  it('hide faults that come and go', async () => {
    const observed = new ObservedBucket(new MemoryBucket());
    observed.before = seededFaults(7, 0.3);
    const bucket = new RetryingBucket(observed, { totalMs: 5000, firstDelayMs: 0, maxDelayMs: 1 });
    for (let i = 0; i < 50; i++) await bucket.upload(`o/${i}`, Buffer.from(String(i)));
    const names = [];
    for await (const entry of bucket.list('o')) names.push(entry.name);
    expect(names.length).toBe(50);
    expect(observed.log.length).toBeGreaterThan(60);
  });
  it('never repeat what is missing, and stop with the signal', async () => {
    const observed = new ObservedBucket(new MemoryBucket());
    const bucket = new RetryingBucket(observed, { totalMs: 60_000, firstDelayMs: 30_000, maxDelayMs: 30_000 });
    await expect(bucket.get('x')).rejects.toSatisfy(isNotFound);
    expect(observed.gets + observed.log.length).toBe(1);
    observed.before = seededFaults(1, 1);
    await expect(bucket.get('x', AbortSignal.timeout(20))).rejects.toThrow();
  });
});

describe('filesystem', () => {
  it('leaves nothing behind when an upload fails', async () => {
    const dir = await temporary();
    const bucket = new FilesystemBucket(dir);
    await expect(bucket.uploadFile('d/x', join(dir, 'no-such-file'))).rejects.toThrow();
    expect(await readdir(join(dir, 'd'))).toEqual([]);
  });
});

describe('parseBucketConfig', () => {
  it.each([
    [
      'type: S3\nconfig:\n  bucket: b\n  acces_key: x',
      'cfg: line 4, column 3: config: there is no key acces_key; did you mean access_key?',
    ],
    [
      'type: S3\nconfig:\n  bucket: b\n  http_config:\n    idle_con_timeout: 1s',
      'line 5, column 5: config.http_config: there is no key idle_con_timeout; did you mean idle_conn_timeout?',
    ],
    [
      'type: S3\nconfig:\n  bucket: b\n  http_config:\n    idle_conn_timeout: soon',
      'line 5, column 5: config.http_config.idle_conn_timeout',
    ],
    ['type: GCS\nconfig: {bucket: b}', 'cfg: line 1, column 1: bucket type GCS is not supported yet'],
    ['typo: S3', 'line 1, column 1: there is no key typo; did you mean type?'],
    ['type: NFS', 'type is "NFS"; FILESYSTEM or S3 is expected'],
    ['type: FILESYSTEM\nconfig: {}', 'config.directory'],
    [
      'type: S3\nconfig:\n  bucket: b\n  sse_config:\n    type: SSE-S3',
      'line 4, column 3: config.sse_config: server-side encryption',
    ],
    ['type: [', 'cfg: line'],
    ['just text', 'a map with the keys'],
    [
      'type: S3\nconfig:\n  bucket: b\n  access_key: k',
      'cfg: line 4, column 3: config.access_key is set but config.secret_key is not',
    ],
    [
      'type: S3\nconfig:\n  bucket: b\n  access_key: k\n  secret_key: s\n  aws_sdk_auth: true',
      'line 6, column 3: config.aws_sdk_auth and config.access_key exclude each other',
    ],
  ])('%s', (text, message) => {
    expect(() => parseBucketConfig(text, 'cfg')).toThrow(ObjstoreError);
    expect(() => parseBucketConfig(text, 'cfg')).toThrow(message);
  });
  it('takes what Go takes', () => {
    const text =
      'type: S3\nconfig:\n  bucket: b\n  access_key: 0123\n  secret_key: "yes"\n  insecure: yes\n  http_config:\n  part_size: 10485760\n  session_token: ~\n---\nmore: 1\n';
    expect(parseBucketConfig(text)).toMatchObject({
      config: {
        access_key: '0123',
        secret_key: 'yes',
        insecure: true,
        part_size: 10_485_760,
        session_token: '',
        http_config: { max_idle_conns: 100 },
      },
    });
    expect(() => parseBucketConfig('type: S3\nconfig:\n  bucket: b\n  insecure: maybe')).toThrow(
      'line 4, column 3: config.insecure: "maybe" is neither true nor false',
    );
  });
  it('takes the type in any case and empty keys', () => {
    expect(
      parseBucketConfig('type: s3\nconfig:\n  bucket: b\n  signature_version2: false\n  sse_config: {type: ""}'),
    ).toMatchObject({ type: 'S3', config: { bucket: 'b', part_size: 67108864 } });
  });
});
