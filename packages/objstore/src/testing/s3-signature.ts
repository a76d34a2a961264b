import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';

const EMPTY_HASH = createHash('sha256').update('').digest('hex');

interface Claim {
  readonly accessKey: string;
  readonly day: string;
  readonly region: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly date: string;
  /** Seconds it is good for. */
  readonly seconds: number;
  readonly payloadHash: string;
}

/**
 * What is wrong with the signature of a request, as S3's error code; undefined when it is right. AWS Signature Version 4 in the header or,
 * presigned, in the query; the payload signed, unsigned or in chunks.
 */
export function signatureFault(
  request: IncomingMessage,
  body: Buffer,
  accessKey: string,
  secretKey: string,
): string | undefined {
  const url = new URL(request.url ?? '/', 'http://x');
  const claim = url.searchParams.has('X-Amz-Signature') ? claimOfQuery(url.searchParams) : claimOfHeaders(request);
  if (typeof claim === 'string') return claim;
  if (claim.accessKey !== accessKey) return 'InvalidAccessKeyId';
  const age =
    Date.now() - Date.parse(claim.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!claim.date.startsWith(claim.day) || !(age > -900_000 && age < claim.seconds * 1000))
    return 'RequestTimeTooSkewed';
  const { payloadHash } = claim;
  if (!/^(UNSIGNED|STREAMING)-/.test(payloadHash) && payloadHash !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  return signatureOf(request, url, claim, secretKey) === claim.signature ? undefined : 'SignatureDoesNotMatch';
}

function claimOfHeaders(request: IncomingMessage): Claim | string {
  const authorization = request.headers.authorization ?? '';
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (match === null) return authorization === '' ? 'AccessDenied' : 'AuthorizationHeaderMalformed';
  const [, accessKey, day, region, signedHeaders, signature] = match;
  const payloadHash = String(request.headers['x-amz-content-sha256'] ?? EMPTY_HASH);
  return {
    accessKey,
    day,
    region,
    signedHeaders,
    signature,
    date: String(request.headers['x-amz-date'] ?? ''),
    seconds: 900,
    payloadHash,
  };
}

function claimOfQuery(query: URLSearchParams): Claim | string {
  const [accessKey, day, region, service, end] = (query.get('X-Amz-Credential') ?? '').split('/');
  if (service !== 's3' || end !== 'aws4_request') return 'AuthorizationQueryParametersError';
  return {
    accessKey,
    day,
    region,
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    signature: query.get('X-Amz-Signature') ?? '',
    date: query.get('X-Amz-Date') ?? '',
    seconds: Number(query.get('X-Amz-Expires')),
    payloadHash: 'UNSIGNED-PAYLOAD',
  };
}

function signatureOf(request: IncomingMessage, url: URL, claim: Claim, secretKey: string): string {
  const query = [...url.searchParams]
    .filter(([key]) => key !== 'X-Amz-Signature')
    .map(([k, v]) => [encode(k), encode(v)])
    .sort((a, b) => (a[0] === b[0] ? (a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1));
  const canonical = [
    request.method,
    url.pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    query.map(([k, v]) => `${k}=${v}`).join('&'),
    ...claim.signedHeaders.split(';').map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/\s+/g, ' ')}`,
    ),
    '',
    claim.signedHeaders,
    claim.payloadHash,
  ].join('\n');
  const scope = `${claim.day}/${claim.region}/s3/aws4_request`;
  let signing: Buffer = Buffer.from(`AWS4${secretKey}`);
  for (const part of [claim.day, claim.region, 's3', 'aws4_request']) signing = hmac(signing, part);
  return hmac(signing, ['AWS4-HMAC-SHA256', claim.date, scope, sha256(canonical)].join('\n')).toString('hex');
}

/** The payload of an aws-chunked body; undefined when its framing or its CRC32 trailer is wrong. */
export function unchunk(body: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at);
    const size = end < 0 ? Number.NaN : Number.parseInt(body.toString('latin1', at, end), 16);
    if (Number.isNaN(size) || end + 2 + size > body.length) return undefined;
    at = end + 2 + size + 2;
    if (size > 0) {
      parts.push(body.subarray(end + 2, end + 2 + size));
      continue;
    }
    const payload = Buffer.concat(parts);
    const trailer = /x-amz-checksum-crc32:(\S+)/.exec(body.toString('latin1', end));
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(payload));
    return trailer === null || trailer[1] === sum.toString('base64') ? payload : undefined;
  }
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
