import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
import { checkName, notFound, ObjstoreError } from './objstore-error.ts';
import type { S3Config } from './s3-config.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** What both versions of listing answer. */
interface ListPage {
  CommonPrefixes?: { Prefix?: string | undefined }[] | undefined;
  Contents?: { Key?: string | undefined; Size?: number | undefined; LastModified?: Date | undefined }[] | undefined;
  IsTruncated?: boolean | undefined;
  NextContinuationToken?: string | undefined;
  NextMarker?: string | undefined;
}

/** A bucket of an S3-compatible service. The SDK is loaded on first use: commands that need no bucket start faster. */
export class S3Bucket implements Bucket {
  readonly name: string;
  readonly provider = 'S3';
  readonly atomicUpload = true;
  readonly #config: S3Config;
  #client: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  constructor(config: S3Config) {
    this.#config = config;
    this.name = config.bucket;
  }

  async *list(folder: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    const { sdk, client } = await this.#connect();
    const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
    const delimiter = options.recursive === true ? undefined : '/';
    const v1 = this.#config.list_objects_version === 'v1';
    let token: string | undefined;
    do {
      const input = { Bucket: this.#config.bucket, Prefix: prefix, Delimiter: delimiter };
      const abort = { abortSignal: options.signal };
      const marker: string | undefined = token;
      const page: ListPage = await this.#call<ListPage>('iter', folder, () =>
        v1
          ? client.send(new sdk.ListObjectsCommand({ ...input, Marker: marker }), abort)
          : client.send(new sdk.ListObjectsV2Command({ ...input, ContinuationToken: marker }), abort),
      );
      const entries: ListEntry[] = (page.CommonPrefixes ?? []).map((p) => ({ name: p.Prefix ?? '' }));
      for (const object of page.Contents ?? []) {
        // Placeholders of folders that consoles create are no objects of ours.
        if (object.Key === undefined || object.Key === prefix || object.Key.endsWith('/')) continue;
        entries.push({ name: object.Key, attributes: { sizeBytes: object.Size ?? 0, lastModifiedMs: object.LastModified?.getTime() ?? 0 } });
      }
      yield* entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
      const last = page.Contents?.at(-1)?.Key;
      token = page.IsTruncated === true ? (page.NextContinuationToken ?? page.NextMarker ?? last) : undefined;
    } while (token !== undefined);
  }

  async get(name: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#read('get', name, undefined, signal);
  }

  async getRange(name: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (length <= 0) return new Uint8Array(0);
    try {
      const bytes = await this.#read('get_range', name, `bytes=${offset}-${offset + length - 1}`, signal);
      // A server that ignores ranges answers with the whole object.
      return bytes.length > length ? bytes.subarray(offset, offset + length) : bytes;
    } catch (error) {
      if (error instanceof ObjstoreError && error.code === 'object-range') return new Uint8Array(0);
      throw error;
    }
  }

  async exists(name: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.attributes(name, signal);
      return true;
    } catch (error) {
      if (error instanceof ObjstoreError && error.code === 'object-not-found') return false;
      throw error;
    }
  }

  async attributes(name: string, signal?: AbortSignal): Promise<ObjectAttributes> {
    const { sdk, client } = await this.#connect();
    const head = await this.#call('attributes', name, () =>
      client.send(new sdk.HeadObjectCommand({ Bucket: this.#config.bucket, Key: checkName(this.name, name) }), { abortSignal: signal }),
    );
    return { sizeBytes: head.ContentLength ?? 0, lastModifiedMs: head.LastModified?.getTime() ?? 0 };
  }

  async upload(name: string, body: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#put(name, body, undefined, signal);
  }

  async uploadIfAbsent(name: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#put(name, body, '*', signal);
      return true;
    } catch (error) {
      if (error instanceof ObjstoreError && error.code === 'object-exists') return false;
      throw error;
    }
  }

  async uploadFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size <= this.#config.part_size) {
        await this.#put(name, await file.readFile(), undefined, signal);
        return;
      }
    } finally {
      await file.close();
    }
    await this.#multipart(name, path, signal);
  }

  async delete(name: string, signal?: AbortSignal): Promise<void> {
    const { sdk, client } = await this.#connect();
    const input = { Bucket: this.#config.bucket, Key: checkName(this.name, name.replace(/\/$/, '')) + (name.endsWith('/') ? '/' : '') };
    await this.#call('delete', name, () => client.send(new sdk.DeleteObjectCommand(input), { abortSignal: signal }));
  }

  async close(): Promise<void> {
    if (this.#client !== undefined) (await this.#client).client.destroy();
  }

  async #read(operation: string, name: string, range: string | undefined, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { sdk, client } = await this.#connect();
    const input = { Bucket: this.#config.bucket, Key: checkName(this.name, name), Range: range };
    return this.#call(operation, name, async () => {
      const answer = await client.send(new sdk.GetObjectCommand(input), { abortSignal: signal });
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
      if (answer.ContentLength !== undefined && bytes.length !== answer.ContentLength) {
        throw new ObjstoreError('retryable', 'object-store-truncated', `${this.name}: ${operation} ${name}: ${bytes.length} of ${answer.ContentLength} bytes came`, { object: name });
      }
      return bytes;
    });
  }

  async #put(name: string, body: Uint8Array, ifNoneMatch: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { sdk, client } = await this.#connect();
    const input = {
      Bucket: this.#config.bucket, Key: checkName(this.name, name), Body: body, ContentLength: body.length,
      Metadata: this.#config.put_user_metadata, ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
    };
    await this.#call('upload', name, () => client.send(new sdk.PutObjectCommand(input), { abortSignal: signal }));
  }

  /** Parts one after the other, so that one part is in memory; nothing is visible before the last call. */
  async #multipart(name: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    const { sdk, client } = await this.#connect();
    const target = { Bucket: this.#config.bucket, Key: checkName(this.name, name) };
    const abort = { abortSignal: signal };
    const begun = await this.#call('upload', name, () => client.send(new sdk.CreateMultipartUploadCommand({ ...target, Metadata: this.#config.put_user_metadata }), abort));
    const upload = { ...target, UploadId: begun.UploadId };
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for await (const body of fileParts(path, this.#config.part_size)) {
        const number = parts.length + 1;
        const done = await this.#call('upload', name, () => client.send(new sdk.UploadPartCommand({ ...upload, PartNumber: number, Body: body, ContentLength: body.length }), abort));
        parts.push({ PartNumber: number, ETag: done.ETag });
      }
      await this.#call('upload', name, () => client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }), abort));
    } catch (error) {
      await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  }

  async #call<T>(operation: string, name: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#failed(operation, name, error);
    }
  }

  #failed(operation: string, name: string, error: unknown): unknown {
    if (error instanceof ObjstoreError) return error;
    const failure = error as { name?: string; message?: string; $metadata?: { httpStatusCode?: number }; Code?: string };
    if (failure.name === 'AbortError') return error;
    const status = failure.$metadata?.httpStatusCode;
    const fields = { object: name, operation, ...(status === undefined ? {} : { httpStatus: status }) };
    const text = `${this.name}: ${operation} ${name}: ${failure.name ?? ''}: ${failure.message ?? String(error)}`;
    if (failure.name === 'NoSuchKey' || failure.name === 'NotFound' || (status === 404 && failure.name !== 'NoSuchBucket')) return notFound(this.name, name, error);
    if (status === 416) return new ObjstoreError('bad-input', 'object-range', text, fields, error);
    if (status === 412 || (status === 409 && operation === 'upload')) return new ObjstoreError('bad-input', 'object-exists', text, fields, error);
    if (status === 401 || status === 403) return new ObjstoreError('internal', 'object-access-denied', text, fields, error);
    if (status === 404 || (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429)) {
      return new ObjstoreError('bad-input', 'object-store-refused', text, fields, error);
    }
    return new ObjstoreError('retryable', 'object-store-failed', text, fields, error);
  }

  #connect(): Promise<{ sdk: Sdk; client: S3Client }> {
    this.#client ??= this.#create();
    return this.#client;
  }

  async #create(): Promise<{ sdk: Sdk; client: S3Client }> {
    const sdk = await import('@aws-sdk/client-s3');
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    const config = this.#config;
    const http = config.http_config;
    const tls = http.tls_config;
    const agent = {
      ...(isLocal(config.endpoint) ? {} : { proxyEnv: process.env }),
      keepAlive: true, maxSockets: http.max_conns_per_host > 0 ? http.max_conns_per_host : 256, maxFreeSockets: http.max_idle_conns_per_host };
    const options: S3ClientConfig = {
      region: config.region === '' ? (regionOfEndpoint(config.endpoint) ?? 'us-east-1') : config.region,
      forcePathStyle: config.bucket_lookup_type === 'path' || (config.bucket_lookup_type === 'auto' && !/amazonaws\.com(\.cn)?$/.test(config.endpoint) && config.endpoint !== ''),
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: new NodeHttpHandler({
        connectionTimeout: http.tls_handshake_timeout,
        requestTimeout: http.response_header_timeout,
        throwOnRequestTimeout: true,
        httpAgent: new HttpAgent(agent),
        httpsAgent: new HttpsAgent({
          ...agent,
          rejectUnauthorized: !(http.insecure_skip_verify || tls?.insecure_skip_verify === true),
          ...(tls === undefined || tls.ca_file === '' ? {} : { ca: await readFile(tls.ca_file) }),
          ...(tls === undefined || tls.cert_file === '' ? {} : { cert: await readFile(tls.cert_file) }),
          ...(tls === undefined || tls.key_file === '' ? {} : { key: await readFile(tls.key_file) }),
          ...(tls === undefined || tls.server_name === '' ? {} : { servername: tls.server_name }),
        }),
      }),
      ...(config.endpoint === '' ? {} : { endpoint: `${config.insecure ? 'http' : 'https'}://${config.endpoint}` }),
      ...(config.access_key === '' || config.aws_sdk_auth
        ? {}
        : {
            credentials: {
              accessKeyId: config.access_key,
              secretAccessKey: config.secret_key,
              ...(config.session_token === '' ? {} : { sessionToken: config.session_token }),
            },
          }),
    };
    return { sdk, client: new sdk.S3Client(options) };
  }
}

/** Go's rule: the proxy of the environment is not asked for the own machine. */
function isLocal(endpoint: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(endpoint);
}

/** `s3.eu-west-1.amazonaws.com` tells its region. */
function regionOfEndpoint(endpoint: string): string | undefined {
  return /^s3[.-](?:dualstack\.)?([a-z0-9-]+)\.amazonaws\.com/.exec(endpoint)?.[1];
}

async function* fileParts(path: string, partBytes: number): AsyncIterable<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    held.push(chunk);
    size += chunk.length;
    if (size < partBytes) continue;
    const all = Buffer.concat(held);
    yield all.subarray(0, partBytes);
    held = [all.subarray(partBytes)];
    size -= partBytes;
  }
  if (size > 0) yield Buffer.concat(held);
}
