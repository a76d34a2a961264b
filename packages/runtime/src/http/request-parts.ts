import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { ClientCertificate } from './types.ts';

/** Headers with repeated ones joined. */
export function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

/** Values of a form body come before those of the URL, as in Go. */
export function formOf(contentType: string | undefined, body: Uint8Array, query: string): URLSearchParams {
  const fromUrl = new URLSearchParams(query);
  if (contentType === undefined || !/^application\/x-www-form-urlencoded\b/i.test(contentType) || body.byteLength === 0)
    return fromUrl;
  const form = new URLSearchParams(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  for (const [name, value] of fromUrl) form.append(name, value);
  return form;
}

/** Who the client proved to be by its certificate. */
export function clientCertificateOf(request: IncomingMessage): ClientCertificate | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject = socket.getPeerCertificate().subject as
    | Readonly<Record<string, string | string[] | undefined>>
    | undefined;
  const first = (name: string): string => {
    const value = subject?.[name];
    return (Array.isArray(value) ? value[0] : value) ?? '';
  };
  return subject === undefined
    ? undefined
    : { commonName: first('CN'), organization: first('O'), organizationalUnit: first('OU') };
}
