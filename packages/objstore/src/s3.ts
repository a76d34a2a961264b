import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Bucket, ListEntry, ListOptions, ObjectAttributes } from './bucket.ts';
import { checkName, ObjstoreError } from './objstore-error.ts';
import { isPathStyle, openAgents, regionOf, type S3Agents } from './s3-agents.ts';
import type { S3Config } from './s3-config.ts';
import { s3Error } from './s3-errors.ts';
import { S3Getter } from './s3-get.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** What both versions of listing answer. */
interface ListPage {
  CommonPrefixes?: { Prefix?: string | undefined }[] | undefined;
  Contents?: { Key?: string | undefined; Size?: number | undefined; LastModified?: Date | undefined }[] | undefined;
  IsTruncated?: boolean | undefined;
  NextContinuationToken?: string | undefined;
  NextMarker?: string | undefined;
}

interface Connection {
  readonly sdk: Sdk;
  readonly client: S3Client;
  readonly agents: S3Agents;
  readonly getter: S3Getter | undefined;
}

/** A bucket of an S3-compatible service. The SDK is loaded on first use: commands that need no bucket start faster. */
export class S3Bucket implements Bucket {
  readonly name: string;
  readonly provider = 'S3';
  readonly atomicUpload = true;
  readonly #config: S3Config;
  #client: Promise<Connection> | undefined;

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
        entries.push({
          name: object.Key,
          attributes: { sizeBytes: object.Size ?? 0, lastModifiedMs: object.LastModified?.getTime() ?? 0 },
        });
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
      client.send(new sdk.HeadObjectCommand({ Bucket: this.#config.bucket, Key: checkName(this.name, name) }), {
        abortSignal: signal,
      }),
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
    const input = {
      Bucket: this.#config.bucket,
      Key: checkName(this.name, name.replace(/\/$/, '')) + (name.endsWith('/') ? '/' : ''),
    };
    await this.#call('delete', name, () => client.send(new sdk.DeleteObjectCommand(input), { abortSignal: signal }));
  }

  async close(): Promise<void> {
    if (this.#client === undefined) return;
    const { client, agents } = await this.#client;
    client.destroy();
    agents.http.destroy();
    agents.https.destroy();
  }

  async #read(
    operation: string,
    name: string,
    range: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const { sdk, client, getter } = await this.#connect();
    checkName(this.name, name);
    if (getter !== undefined) return getter.get(operation, name, range, signal);
    const input = { Bucket: this.#config.bucket, Key: name, Range: range };
    return this.#call(operation, name, async () => {
      const answer = await client.send(new sdk.GetObjectCommand(input), { abortSignal: signal });
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
      if (answer.ContentLength !== undefined && bytes.length !== answer.ContentLength) {
        throw new ObjstoreError(
          'retryable',
          'object-store-truncated',
          `${this.name}: ${operation} ${name}: ${bytes.length} of ${answer.ContentLength} bytes came`,
          { object: name },
        );
      }
      return bytes;
    });
  }

  async #put(
    name: string,
    body: Uint8Array,
    ifNoneMatch: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { sdk, client } = await this.#connect();
    const input = {
      Bucket: this.#config.bucket,
      Key: checkName(this.name, name),
      Body: body,
      ContentLength: body.length,
      Metadata: this.#config.put_user_metadata,
      ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
    };
    await this.#call('upload', name, () => client.send(new sdk.PutObjectCommand(input), { abortSignal: signal }));
  }

  /** Parts one after the other, so that one part is in memory; nothing is visible before the last call. */
  async #multipart(name: string, path: string, signal: AbortSignal | undefined): Promise<void> {
    const { sdk, client } = await this.#connect();
    const target = { Bucket: this.#config.bucket, Key: checkName(this.name, name) };
    const abort = { abortSignal: signal };
    const begun = await this.#call('upload', name, () =>
      client.send(new sdk.CreateMultipartUploadCommand({ ...target, Metadata: this.#config.put_user_metadata }), abort),
    );
    const upload = { ...target, UploadId: begun.UploadId };
    try {
      const parts: { PartNumber: number; ETag: string | undefined }[] = [];
      for await (const body of fileParts(path, this.#config.part_size)) {
        const number = parts.length + 1;
        const done = await this.#call('upload', name, () =>
          client.send(
            new sdk.UploadPartCommand({ ...upload, PartNumber: number, Body: body, ContentLength: body.length }),
            abort,
          ),
        );
        parts.push({ PartNumber: number, ETag: done.ETag });
      }
      await this.#call('upload', name, () =>
        client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }), abort),
      );
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
    const failure = error as {
      name?: string;
      message?: string;
      $metadata?: { httpStatusCode?: number };
      Code?: string;
    };
    if (failure.name === 'AbortError') return error;
    return s3Error(this.name, {
      operation,
      object: name,
      status: failure.$metadata?.httpStatusCode,
      code: failure.name ?? '',
      message: failure.message ?? String(error),
      cause: error,
    });
  }

  #connect(): Promise<Connection> {
    this.#client ??= this.#create().catch((error: unknown) => {
      // A certificate that is not there yet may come.
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #create(): Promise<Connection> {
    const sdk = await import('@aws-sdk/client-s3');
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    const config = this.#config;
    const http = config.http_config;
    const agents = await openAgents(config);
    const options: S3ClientConfig = {
      region: regionOf(config),
      forcePathStyle: isPathStyle(config),
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: new NodeHttpHandler({
        connectionTimeout: http.tls_handshake_timeout,
        requestTimeout: http.response_header_timeout,
        throwOnRequestTimeout: true,
        httpAgent: agents.http,
        httpsAgent: agents.https,
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
    const client = new sdk.S3Client(options);
    // Without an endpoint only the SDK knows where the bucket is.
    const getter = config.endpoint === '' ? undefined : new S3Getter(config, agents, client.config.credentials);
    return { sdk, client, agents, getter };
  }
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
