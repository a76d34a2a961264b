import { TsanosError, type ErrorKind } from '@tsanos/bytes';
import type { PrometheusHttp, PrometheusRequest, PrometheusResponse } from './http-client.ts';

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
/** Most bytes of an error page that are read. */
const MAX_ERROR_BYTES = 1024 * 1024;

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
  if (response.status < 200 || response.status > 299) throw await statusError(request.path, response);
  return (await readBody(response, request.path, MAX_JSON_BYTES)).toString('utf8');
}

/** The whole body; an error of kind limit, and the connection closed, once it has more than `maxBytes`. */
export async function readBody(response: PrometheusResponse, path: string, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += (part as Buffer).length;
    if (size > maxBytes) {
      throw new TsanosError(
        'limit',
        'prometheus-answer-too-large',
        `${path}: the answer has more than ${maxBytes} bytes; narrow the selector or the time range`,
        { path, limit: maxBytes },
      );
    }
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** The error for an answer that is not 2xx; takes the start of its body. */
export async function statusError(path: string, response: PrometheusResponse): Promise<TsanosError> {
  const { status } = response;
  const body = await readBody(response, path, MAX_ERROR_BYTES).then(
    (bytes) => bytes.toString('utf8').trim().slice(0, 500),
    () => '',
  );
  return new TsanosError(
    kindOf(status),
    'prometheus-status',
    `${path}: expected 2xx response, got ${status}. Body: ${body}`,
    { path, httpStatus: status },
  );
}
