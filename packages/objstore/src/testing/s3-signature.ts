import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const EMPTY_HASH = createHash('sha256').update('').digest('hex');

/** What is wrong with the signature of a request; undefined when it is right (AWS Signature Version 4, header form). */
export function signatureFault(request: IncomingMessage, body: Buffer, accessKey: string, secretKey: string): string | undefined {
  const authorization = request.headers.authorization ?? '';
  const match = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(authorization);
  if (match === null) return authorization === '' ? 'AccessDenied' : 'AuthorizationHeaderMalformed';
  const [, key, day, region, signedHeaders, signature] = match;
  if (key !== accessKey) return 'InvalidAccessKeyId';
  const date = String(request.headers['x-amz-date'] ?? '');
  if (!date.startsWith(day) || Math.abs(Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')) - Date.now()) > 900_000) {
    return 'RequestTimeTooSkewed';
  }
  const claimed = String(request.headers['x-amz-content-sha256'] ?? EMPTY_HASH);
  if (!claimed.startsWith('UNSIGNED') && !claimed.startsWith('STREAMING') && claimed !== createHash('sha256').update(body).digest('hex')) {
    return 'XAmzContentSHA256Mismatch';
  }
  const url = new URL(request.url ?? '/', 'http://x');
  const query = [...url.searchParams].map(([k, v]) => [encode(k), encode(v)]).sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1));
  const canonical = [
    request.method,
    url.pathname.split('/').map((part) => encode(decodeURIComponent(part))).join('/'),
    query.map(([k, v]) => `${k}=${v}`).join('&'),
    ...signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders,
    claimed,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  let signing: Buffer = Buffer.from(`AWS4${secretKey}`);
  for (const part of [day, region, 's3', 'aws4_request', toSign]) signing = createHmac('sha256', signing).update(part).digest();
  return signing.toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
