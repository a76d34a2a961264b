/** Names and codes of Prometheus' API errors. */
export const ERROR_TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'bad_data',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'bad_data',
  408: 'timeout',
  413: 'bad_data',
  414: 'bad_data',
  415: 'bad_data',
  422: 'execution',
  429: 'too_many_requests',
  431: 'bad_data',
  499: 'canceled',
  500: 'internal',
  501: 'not_implemented',
  503: 'unavailable',
};

/** The body of an error answer. */
export function errorEnvelope(status: number, message: string, errorType?: string): string {
  return JSON.stringify({
    status: 'error',
    errorType: errorType ?? ERROR_TYPE_OF_STATUS[status] ?? 'internal',
    error: message,
  });
}
