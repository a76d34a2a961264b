import { TsanosError } from '@tsanos/bytes';

/** Prometheus' classes of API errors. */
export type ApiErrorType = 'bad_data' | 'execution' | 'canceled' | 'timeout' | 'internal' | 'not_found' | 'unavailable';

const STATUS: Record<ApiErrorType, number> = {
  bad_data: 400,
  execution: 422,
  canceled: 499,
  timeout: 503,
  internal: 500,
  not_found: 404,
  unavailable: 503,
};

/** An error as the HTTP API shows it: `{"status":"error","errorType":…,"error":…}`. */
export class ApiError extends TsanosError {
  readonly type: ApiErrorType;

  constructor(type: ApiErrorType, message: string, cause?: unknown) {
    super(type === 'bad_data' ? 'bad-input' : 'internal', `api-${type.replace('_', '-')}`, message, {}, cause);
    this.type = type;
  }
}

/** HTTP status of an error class. */
export function statusOf(type: ApiErrorType): number {
  return STATUS[type];
}

/** The class of any error that reached the API; `limit` and what else failed while running is an execution error. */
export function apiErrorType(error: unknown): ApiErrorType {
  if (error instanceof ApiError) return error.type;
  if (!(error instanceof TsanosError)) return 'internal';
  switch (error.kind) {
    case 'bad-input':
      return 'bad_data';
    case 'cancelled':
      return 'canceled';
    case 'timeout':
      return 'timeout';
    case 'not-found':
      return 'not_found';
    case 'internal':
    case 'corrupt':
      return 'internal';
    default:
      return 'execution';
  }
}

/** `invalid parameter "x": cause`, as Prometheus says it. */
export function invalidParameter(name: string, cause: string): ApiError {
  return new ApiError('bad_data', `invalid parameter ${JSON.stringify(name)}: ${cause}`);
}
