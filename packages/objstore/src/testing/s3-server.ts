import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { signatureFault, unchunk } from './s3-signature.ts';

export interface S3ServerOptions {
  readonly port?: number;
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** Buckets that exist from the start. */
  readonly buckets?: readonly string[];
}

/** What a test wants to go wrong with a request. */
export interface Fault {
  readonly status?: number;
  readonly code?: string;
  readonly latencyMs?: number;
  /** Sends only this many bytes of the body, then cuts the connection. */
  readonly truncateAt?: number;
  readonly reset?: boolean;
}

/** One request as the log has it. */
export interface S3Request {
  readonly method: string;
  readonly key: string;
  readonly range: string;
  readonly status: number;
  readonly bytesOut: number;
}

interface StoredObject {
  body: Buffer;
  modified: Date;
  etag: string;
}

/**
 * An S3 service in memory for tests, over the wire: signatures are really checked; listing with prefix, delimiter and pages, ranges,
 * multipart uploads, batch deletion, copies and conditional writes behave as AWS documents them; faults are injected by the test.
 */
export class S3Server {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly requests: S3Request[] = [];
  /** Asked for each request; undefined = nothing goes wrong. */
  fault: ((method: string, key: string, count: number) => Fault | undefined) | undefined;
  /** Keys of a listing page. */
  pageSize = 1000;
  readonly #server: Server;
  readonly #buckets = new Map<string, Map<string, StoredObject>>();
  readonly #uploads = new Map<string, Map<number, Buffer>>();
  #count = 0;

  private constructor(options: S3ServerOptions) {
    this.accessKey = options.accessKey ?? 'test-access';
    this.secretKey = options.secretKey ?? 'test-secret';
    for (const name of options.buckets ?? ['test']) this.#buckets.set(name, new Map());
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) fail(response, 500, 'InternalError', String(error));
        else response.destroy();
      });
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(options: S3ServerOptions = {}): Promise<S3Server> {
    const server = new S3Server(options);
    await new Promise<void>((resolve) => server.#server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return server;
  }

  /** `127.0.0.1:port`. */
  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** YAML for `--objstore.config`. */
  yaml(bucket = 'test', extra = ''): string {
    return `type: S3\nconfig:\n  bucket: ${bucket}\n  endpoint: ${this.endpoint}\n  access_key: ${this.accessKey}\n  secret_key: ${this.secretKey}\n  insecure: true\n${extra}`;
  }

  /** Keys of a bucket, sorted. */
  keys(bucket = 'test'): string[] {
    return [...(this.#buckets.get(bucket)?.keys() ?? [])].sort(byBytes);
  }

  body(key: string, bucket = 'test'): Buffer | undefined {
    return this.#buckets.get(bucket)?.get(key)?.body;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const raw = Buffer.concat(parts);
    const body = String(request.headers['x-amz-content-sha256']).startsWith('STREAMING-') ? unchunk(raw) : raw;
    const url = new URL(request.url ?? '/', 'http://x');
    const [, bucketName = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    const method = request.method ?? '';
    response.on('close', () =>
      this.requests.push({
        method,
        key,
        range: String(request.headers.range ?? ''),
        status: response.statusCode,
        bytesOut: Number(response.getHeader('content-length') ?? 0),
      }),
    );
    const fault = this.fault?.(method, key, ++this.#count);
    if (fault?.latencyMs !== undefined) await sleep(fault.latencyMs);
    if (fault?.reset === true) return void response.destroy();
    if (fault?.status !== undefined) return fail(response, fault.status, fault.code ?? 'SlowDown', 'injected');
    if (body === undefined) return fail(response, 400, 'IncompleteBody', 'the chunks of the body');
    const signature = signatureFault(request, body, this.accessKey, this.secretKey);
    if (signature !== undefined) return fail(response, 403, signature, 'the request is not signed as it must be');
    const md5 = request.headers['content-md5'];
    if (md5 !== undefined && createHash('md5').update(body).digest('base64') !== md5)
      return fail(response, 400, 'BadDigest', 'Content-MD5');
    const bucket = this.#buckets.get(bucketName);
    if (bucket === undefined) return fail(response, 404, 'NoSuchBucket', bucketName);
    if (key === '') {
      if (method === 'POST' && url.searchParams.has('delete')) return this.#deleteMany(bucket, body, response);
      if (method === 'GET') return this.#list(bucketName, bucket, url.searchParams, response);
      return fail(response, method === 'HEAD' ? 200 : 405, 'MethodNotAllowed', '');
    }
    const upload = url.searchParams.get('uploadId');
    if (method === 'POST' && url.searchParams.has('uploads')) return this.#beginUpload(bucketName, key, response);
    if (method === 'PUT' && upload !== null)
      return this.#putPart(upload, Number(url.searchParams.get('partNumber')), body, response);
    if (method === 'POST' && upload !== null) return this.#completeUpload(bucket, upload, key, body, response);
    if (method === 'DELETE' && upload !== null) {
      this.#uploads.delete(upload);
      return void response.writeHead(204).end();
    }
    if (method === 'PUT') return this.#put(bucket, key, request, body, response);
    if (method === 'DELETE') {
      bucket.delete(key);
      return void response.writeHead(204).end();
    }
    if (method === 'GET' || method === 'HEAD') return this.#get(bucket, key, request, response, fault);
    fail(response, 405, 'MethodNotAllowed', method);
  }

  #put(
    bucket: Map<string, StoredObject>,
    key: string,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): void {
    const existing = bucket.get(key);
    if (request.headers['if-none-match'] === '*' && existing !== undefined)
      return fail(response, 412, 'PreconditionFailed', key);
    const ifMatch = request.headers['if-match'];
    if (ifMatch !== undefined && existing?.etag !== ifMatch)
      return fail(
        response,
        existing === undefined ? 404 : 412,
        existing === undefined ? 'NoSuchKey' : 'PreconditionFailed',
        key,
      );
    const source = request.headers['x-amz-copy-source'];
    if (typeof source === 'string') {
      const from = decodeURIComponent(source).replace(/^\//, '').split('/');
      const copied = this.#buckets.get(from[0])?.get(from.slice(1).join('/'));
      if (copied === undefined) return fail(response, 404, 'NoSuchKey', source);
      bucket.set(key, { ...copied, modified: new Date() });
      return xml(response, `<CopyObjectResult><ETag>${copied.etag}</ETag></CopyObjectResult>`);
    }
    const object = stored(body);
    bucket.set(key, object);
    response.writeHead(200, { etag: object.etag, 'content-length': 0 }).end();
  }

  #get(
    bucket: Map<string, StoredObject>,
    key: string,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): void {
    const object = bucket.get(key);
    const head = request.method === 'HEAD';
    if (object === undefined) return head ? void response.writeHead(404).end() : fail(response, 404, 'NoSuchKey', key);
    const headers = {
      etag: object.etag,
      'last-modified': object.modified.toUTCString(),
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
    };
    const range = /^bytes=(\d*)-(\d*)$/.exec(String(request.headers.range ?? ''));
    let body = object.body;
    let status = 200;
    const extra: Record<string, string> = {};
    if (range !== null) {
      const size = object.body.length;
      const start = range[1] === '' ? Math.max(0, size - Number(range[2])) : Number(range[1]);
      const end = range[1] === '' || range[2] === '' ? size : Math.min(size, Number(range[2]) + 1);
      if (start >= size) return fail(response, 416, 'InvalidRange', key);
      body = object.body.subarray(start, end);
      status = 206;
      extra['content-range'] = `bytes ${start}-${end - 1}/${size}`;
    }
    response.writeHead(status, { ...headers, ...extra, 'content-length': body.length });
    if (head) return void response.end();
    if (fault?.truncateAt !== undefined && fault.truncateAt < body.length) {
      response.write(body.subarray(0, fault.truncateAt), () => response.destroy());
      return;
    }
    response.end(body);
  }

  #list(name: string, bucket: Map<string, StoredObject>, query: URLSearchParams, response: ServerResponse): void {
    const v2 = query.get('list-type') === '2';
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const token = query.get('continuation-token');
    const after =
      token !== null
        ? Buffer.from(token, 'base64url').toString('utf8')
        : (query.get(v2 ? 'start-after' : 'marker') ?? '');
    const max = Math.min(Number(query.get('max-keys') ?? this.pageSize), this.pageSize);
    const items: { name: string; folder: boolean }[] = [];
    let last = '';
    let truncated = false;
    for (const key of [...bucket.keys()].sort(byBytes)) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const item = cut < 0 ? key : key.slice(0, cut + delimiter.length);
      if (item === last || (after !== '' && byBytes(item, after) <= 0)) continue;
      if (items.length === max) {
        truncated = true;
        break;
      }
      last = item;
      items.push({ name: item, folder: cut >= 0 });
    }
    const contents = items
      .filter((i) => !i.folder)
      .map(({ name: key }) => {
        const object = bucket.get(key)!;
        return `<Contents><Key>${escape(key)}</Key><LastModified>${object.modified.toISOString()}</LastModified><ETag>${escape(object.etag)}</ETag><Size>${object.body.length}</Size></Contents>`;
      });
    const folders = items
      .filter((i) => i.folder)
      .map((i) => `<CommonPrefixes><Prefix>${escape(i.name)}</Prefix></CommonPrefixes>`);
    const next = truncated
      ? v2
        ? `<NextContinuationToken>${Buffer.from(last).toString('base64url')}</NextContinuationToken>`
        : `<NextMarker>${escape(last)}</NextMarker>`
      : '';
    xml(
      response,
      `<ListBucketResult><Name>${name}</Name><Prefix>${escape(prefix)}</Prefix><KeyCount>${items.length}</KeyCount><MaxKeys>${max}</MaxKeys><IsTruncated>${truncated}</IsTruncated>${next}${contents.join('')}${folders.join('')}</ListBucketResult>`,
    );
  }

  #deleteMany(bucket: Map<string, StoredObject>, body: Buffer, response: ServerResponse): void {
    const keys = [...body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)].map((m) => unescape(m[1]));
    for (const key of keys) bucket.delete(key);
    xml(
      response,
      `<DeleteResult>${keys.map((key) => `<Deleted><Key>${escape(key)}</Key></Deleted>`).join('')}</DeleteResult>`,
    );
  }

  #beginUpload(bucket: string, key: string, response: ServerResponse): void {
    const id = randomUUID();
    this.#uploads.set(id, new Map());
    xml(
      response,
      `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${escape(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #putPart(id: string, number: number, body: Buffer, response: ServerResponse): void {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return fail(response, 404, 'NoSuchUpload', id);
    upload.set(number, body);
    response.writeHead(200, { etag: stored(body).etag, 'content-length': 0 }).end();
  }

  #completeUpload(
    bucket: Map<string, StoredObject>,
    id: string,
    key: string,
    body: Buffer,
    response: ServerResponse,
  ): void {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return fail(response, 404, 'NoSuchUpload', id);
    const numbers = [...body.toString('utf8').matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map((m) => Number(m[1]));
    if (numbers.some((n, i) => i > 0 && n <= numbers[i - 1])) return fail(response, 400, 'InvalidPartOrder', id);
    if (numbers.some((n) => !upload.has(n))) return fail(response, 400, 'InvalidPart', id);
    const object = stored(Buffer.concat(numbers.map((n) => upload.get(n)!)));
    this.#uploads.delete(id);
    bucket.set(key, object);
    xml(
      response,
      `<CompleteMultipartUploadResult><Key>${escape(key)}</Key><ETag>${escape(object.etag)}</ETag></CompleteMultipartUploadResult>`,
    );
  }
}

function stored(body: Buffer): StoredObject {
  return { body, modified: new Date(), etag: `"${createHash('md5').update(body).digest('hex')}"` };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function xml(response: ServerResponse, body: string): void {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${body}`;
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(text) }).end(text);
}

function fail(response: ServerResponse, status: number, code: string, message: string): void {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escape(message)}</Message></Error>`;
  response
    .writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}

function unescape(text: string): string {
  return text.replace(
    /&(amp|lt|gt|quot|apos|#39);/g,
    (_m, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'" })[name] ?? '',
  );
}
