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

/** Values of a form body come before those of the URL, as in Go; a multipart form's after them. */
export function formOf(contentType: string | undefined, body: Uint8Array, query: string): URLSearchParams {
  const form = new URLSearchParams();
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType ?? '')) addPairs(form, text.toString('utf8'));
  addPairs(form, query);
  const boundary = /^multipart\/form-data\b.*;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '');
  if (boundary !== null) addFields(form, text.toString('utf8'), boundary[1] ?? boundary[2]);
  return form;
}

/** Pairs that cannot be read are left out, as in Go: a bad escape, or a semicolon. */
function addPairs(form: URLSearchParams, text: string): void {
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const at = pair.indexOf('=');
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    if (BAD_ESCAPE.test(pair)) continue;
    // One pair at a time: URLSearchParams unescapes what is not UTF-8, too.
    for (const [n, v] of new URLSearchParams(`${name}=${value}`)) form.append(n, v);
  }
}

const BAD_ESCAPE = /%(?![0-9a-fA-F]{2})/;

/** Fields of a multipart form that are no files. */
function addFields(form: URLSearchParams, text: string, boundary: string): void {
  for (const part of `\n${text}`.split(`\n--${boundary}`)) {
    const [, head, value] = /^\r?\n([^]*?)\r?\n\r?\n([^]*)$/.exec(part) ?? [];
    const name = /^content-disposition:\s*form-data;.*\bname="([^"]*)"/im.exec(head ?? '');
    if (name === null || /\bfilename=/i.test(head)) continue;
    form.append(name[1], value.replace(/\r$/, ''));
  }
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
