import { TsanosError, type ErrorKind } from '@tsanos/bytes';
import type { PrometheusHttp, PrometheusRequest } from './http-client.ts';

/** What every JSON answer of Prometheus looks like. */
interface Envelope {
  status?: string;
  data?: unknown;
  error?: string;
  warnings?: string[];
}

/** `data` of an answer and the warnings that came with it. */
export interface ApiAnswer {
  readonly data: unknown;
  readonly warnings: readonly string[];
}

/** The HTTP status that Prometheus answered with, as the caller must see it (thanos-wire §10). */
function kindOf(status: number): ErrorKind {
  switch (status) {
    case 400:
      return 'bad-input';
    case 404:
      return 'not-found';
    case 503:
      return 'retryable';
    default:
      return 'internal';
  }
}

/** Most JSON bytes one answer may have; label values of a large server are tens of MB. */
const MAX_JSON_BYTES = 512 * 1024 * 1024;

/** Calls one JSON endpoint; anything but 2xx is a TsanosError with the status and the start of the body. */
export async function callApi(http: PrometheusHttp, request: PrometheusRequest): Promise<ApiAnswer> {
  const text = await callText(http, request);
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
  } catch (error) {
    throw new TsanosError(
      'internal',
      'prometheus-bad-json',
      `${request.path}: the answer is not JSON: ${text.slice(0, 100)}`,
      { path: request.path },
      error,
    );
  }
  if (envelope.status !== 'success') {
    throw new TsanosError(
      'internal',
      'prometheus-error',
      `${request.path}: ${envelope.error ?? 'status is not success'}`,
    );
  }
  return { data: envelope.data, warnings: envelope.warnings ?? [] };
}

/** The same for text: `/metrics`. */
export async function callText(http: PrometheusHttp, request: PrometheusRequest): Promise<string> {
  const response = await http.request(request);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += (part as Buffer).length;
    if (size > MAX_JSON_BYTES) {
      throw new TsanosError(
        'limit',
        'prometheus-answer-too-large',
        `${request.path}: the answer has more than ${MAX_JSON_BYTES} bytes`,
      );
    }
    parts.push(part as Buffer);
  }
  const text = Buffer.concat(parts).toString('utf8');
  if (response.status < 200 || response.status > 299) throw statusError(request.path, response.status, text);
  return text;
}

/** The error for an answer that is not 2xx. */
export function statusError(path: string, status: number, body: string): TsanosError {
  return new TsanosError(
    kindOf(status),
    'prometheus-status',
    `${path}: expected 2xx response, got ${status}. Body: ${body.trim().slice(0, 500)}`,
    { path, httpStatus: status },
  );
}
