import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isPathStyle, regionOf, type S3Agents } from './s3-agents.ts';
import type { S3Config } from './s3-config.ts';
import { s3Error } from './s3-errors.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

const EMPTY_HASH = createHash('sha256').update('').digest('hex');
/** Bytes of an error's body that are looked at. */
const MAX_ERROR_BYTES = 16 * 1024;

/**
 * GETs of S3 without the SDK: signed here (Signature Version 4), read into one buffer. The hot path of the store gateway; it costs a
 * fraction of the SDK's CPU time. `s3-get.bench.ts` measures it.
 */
export class S3Getter {
  readonly #config: S3Config;
  readonly #agents: S3Agents;
  readonly #credentials: () => Promise<S3Credentials>;
  readonly #host: string;
  readonly #path: string;
  readonly #region: string;
  #signing: { day: string; secret: string; key: Buffer } | undefined;

  /** `credentials` is asked for each request; its owner keeps and renews them. */
  constructor(config: S3Config, agents: S3Agents, credentials: () => Promise<S3Credentials>) {
    this.#config = config;
    this.#agents = agents;
    this.#credentials = credentials;
    const path = isPathStyle(config);
    this.#host = path ? config.endpoint : `${config.bucket}.${config.endpoint}`;
    this.#path = path ? `/${config.bucket}/` : '/';
    this.#region = regionOf(config);
  }

  /** The object or a range of it (`bytes=0-9`). Whole or an error. */
  async get(
    operation: string,
    name: string,
    range: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const path = this.#path + name.split('/').map(encodePart).join('/');
    const headers = this.#sign(path, await this.#credentials(), new Date());
    if (range !== undefined) headers['range'] = range;
    try {
      const answer = await this.#send(path, headers, signal);
      const status = answer.statusCode ?? 0;
      if (status === 200 || status === 206) return await readBody(answer);
      const body = await readStart(answer);
      const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? `HTTP ${status}`;
      const message = /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? answer.statusMessage ?? '';
      throw s3Error(this.#config.bucket, { operation, object: name, status, code, message });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Error && error.name === 'ObjstoreError') throw error;
      const cause = error as NodeJS.ErrnoException;
      throw s3Error(this.#config.bucket, {
        operation,
        object: name,
        status: undefined,
        code: cause.code ?? cause.name,
        message: cause.message,
        cause,
      });
    }
  }

  #send(path: string, headers: Record<string, string>, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const { insecure, http_config: http } = this.#config;
    const [hostname, port] = splitHost(this.#host);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const send = insecure ? httpRequest : httpsRequest;
    const request = send(
      {
        agent: insecure ? this.#agents.http : this.#agents.https,
        hostname,
        port,
        path,
        headers,
        ...(signal === undefined ? {} : { signal }),
      },
      resolve,
    );
    request.setTimeout(http.response_header_timeout, () =>
      request.destroy(new Error(`no answer within ${http.response_header_timeout} ms`)),
    );
    request.on('error', reject);
    request.end();
    return promise;
  }

  #sign(path: string, credentials: S3Credentials, now: Date): Record<string, string> {
    const date = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = date.slice(0, 8);
    const headers: Record<string, string> = {
      host: this.#host,
      'x-amz-content-sha256': EMPTY_HASH,
      'x-amz-date': date,
    };
    if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
    const signed = Object.keys(headers).join(';');
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const canonical = `GET\n${path}\n\n${lines.join('')}\n${signed}\n${EMPTY_HASH}`;
    const scope = `${day}/${this.#region}/s3/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
    const signature = createHmac('sha256', this.#key(day, credentials.secretAccessKey)).update(toSign).digest('hex');
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  }

  /** The key of a day, kept until day or secret change. */
  #key(day: string, secret: string): Buffer {
    if (this.#signing?.day !== day || this.#signing.secret !== secret) {
      let key: Buffer = Buffer.from(`AWS4${secret}`);
      for (const part of [day, this.#region, 's3', 'aws4_request'])
        key = createHmac('sha256', key).update(part).digest();
      this.#signing = { day, secret, key };
    }
    return this.#signing.key;
  }
}

/** `host:port`, `[::1]:port` or a host alone. */
function splitHost(host: string): [hostname: string, port: string | undefined] {
  const match = /^(.*?)(?::(\d+))?$/.exec(host);
  return [(match?.[1] ?? host).replace(/^\[|\]$/g, ''), match?.[2]];
}

/** A part of a path as SigV4 wants it: all but unreserved characters escaped. */
function encodePart(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The body in a buffer of its own; an error when it is shorter or longer than announced. */
function readBody(answer: IncomingMessage): Promise<Uint8Array> {
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const parts: Buffer[] = [];
  let size = 0;
  answer.on('data', (part: Buffer) => {
    parts.push(part);
    size += part.length;
  });
  answer.on('error', reject);
  answer.on('close', () => {
    if (!answer.complete || (!Number.isNaN(length) && size !== length)) {
      reject(new Error(`${size} of ${length} bytes came`));
      return;
    }
    const body = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (const part of parts) at += part.copy(body, at);
    resolve(body);
  });
  return promise;
}

async function readStart(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of answer) if (text.length < MAX_ERROR_BYTES) text += (part as Buffer).toString('utf8');
  return text;
}
