import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { encodeBody, encoderStream, type ContentEncoding } from './encoding.ts';
import type { HttpReply } from './types.ts';

/** Writes of at most this many bytes, so that a slow client holds little in the socket's buffer. */
const WRITE_BYTES = 256 * 1024;

/** Sends an answer; resolves with the bytes of the body when it is out, rejects when the client has gone. */
export async function sendReply(
  response: ServerResponse,
  reply: HttpReply,
  encoding: ContentEncoding,
  head: boolean,
): Promise<number> {
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  const { body } = reply;
  const bytes = typeof body === 'string' ? Buffer.from(body) : wholeOf(body ?? new Uint8Array(0));
  if (!(bytes instanceof Uint8Array)) {
    if (encoding === 'identity' && Array.isArray(bytes)) response.setHeader('content-length', totalBytes(bytes));
    return sendParts(response, bytes, encoding);
  }
  const encoded = await encodeBody(bytes, encoding);
  if (encoded !== undefined) {
    response.setHeader('content-encoding', encoding);
    response.setHeader('vary', 'Accept-Encoding');
  }
  const out = encoded ?? bytes;
  if (reply.status !== 204 && reply.status !== 304) response.setHeader('content-length', out.byteLength);
  if (!head) {
    for (let at = 0; at < out.byteLength; at += WRITE_BYTES) await write(response, out.subarray(at, at + WRITE_BYTES));
  }
  response.end();
  return out.byteLength;
}

type BodyParts = readonly Uint8Array[] | AsyncIterable<Uint8Array>;

/** A body in one part is whole. */
function wholeOf(body: Uint8Array | BodyParts): Uint8Array | BodyParts {
  return Array.isArray(body) && body.length === 1 ? (body[0] as Uint8Array) : body;
}

function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

async function sendParts(
  response: ServerResponse,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  encoding: ContentEncoding,
): Promise<number> {
  if (encoding === 'identity') {
    let sent = 0;
    for await (const part of parts) {
      await write(response, part);
      sent += part.byteLength;
    }
    response.end();
    return sent;
  }
  response.setHeader('content-encoding', encoding);
  response.setHeader('vary', 'Accept-Encoding');
  const encoder = encoderStream(encoding);
  encoder.pipe(response);
  try {
    for await (const part of parts) await write(encoder, part, response);
    encoder.end();
    await once(response, 'finish');
  } finally {
    encoder.destroy();
  }
  return encoder.bytesWritten;
}

/** Waits for room after the write; fails when `client` closes meanwhile. */
async function write(stream: Writable, part: Uint8Array, client: Writable = stream): Promise<void> {
  if (client.destroyed) throw new Error('the client closed the connection');
  if (stream.write(part)) return;
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      stream.off('drain', done);
      client.off('close', gone);
      resolve();
    };
    const gone = (): void => {
      stream.off('drain', done);
      client.off('close', gone);
      reject(new Error('the client closed the connection'));
    };
    stream.on('drain', done);
    client.on('close', gone);
  });
}
