import { TsanosError, type ErrorKind } from '@tsanos/bytes';

/** gRPC status codes. */
export const Status = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Names as Go prints them and as the `grpc_code` metric label has them, by number. */
const NAMES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

const KINDS: readonly ErrorKind[] = [
  'internal',
  'cancelled',
  'internal',
  'bad-input',
  'timeout',
  'not-found',
  'bad-input',
  'bad-input',
  'limit',
  'internal',
  'internal',
  'bad-input',
  'unsupported',
  'internal',
  'retryable',
  'corrupt',
  'bad-input',
];

/** The name of a code: `ResourceExhausted`, or `Code(422)` for one outside the table. */
export function statusName(status: number): string {
  return NAMES[status] ?? `Code(${status})`;
}

function kebab(name: string): string {
  return name
    .replace(/[()]/g, '')
    .replace(/(?<=[a-z])(?=[A-Z0-9])/g, '-')
    .toLowerCase();
}

/** How a call ended other than OK. `message` is the status text alone; `goText` is how Go prints it. */
export class RpcError extends TsanosError {
  readonly status: number;
  /** The serialized `google.rpc.Status` of `grpc-status-details-bin`, when there is one. */
  readonly details: Uint8Array | undefined;

  constructor(status: number, message: string, options: { cause?: unknown; details?: Uint8Array | undefined } = {}) {
    super(KINDS[status] ?? 'internal', `grpc-${kebab(statusName(status))}`, message, { status }, options.cause);
    this.name = 'RpcError';
    this.status = status;
    this.details = options.details;
  }

  /** `rpc error: code = Unavailable desc = …`, as Go prints it and as warnings carry it. */
  get goText(): string {
    return `rpc error: code = ${statusName(this.status)} desc = ${this.message}`;
  }
}

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  'bad-input': Status.INVALID_ARGUMENT,
  'not-found': Status.NOT_FOUND,
  limit: Status.RESOURCE_EXHAUSTED,
  retryable: Status.UNAVAILABLE,
  halt: Status.INTERNAL,
  unsupported: Status.UNIMPLEMENTED,
  cancelled: Status.CANCELLED,
  timeout: Status.DEADLINE_EXCEEDED,
  corrupt: Status.INTERNAL,
  internal: Status.INTERNAL,
};

/** The error as it goes over the wire: an RpcError is itself, a TsanosError by its kind, anything else is Internal. */
export function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof TsanosError) {
    // An RpcError that crossed threads is a plain TsanosError there.
    const { status } = error.fields;
    if (error.code.startsWith('grpc-') && typeof status === 'number')
      return new RpcError(status, error.message, { cause: error });
    return new RpcError(STATUS_OF_KIND[error.kind], error.message, { cause: error });
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new RpcError(Status.CANCELLED, 'context canceled', { cause: error });
  }
  return new RpcError(Status.INTERNAL, error instanceof Error ? error.message : String(error), { cause: error });
}

/** Text of an error for a warning: Go's form for a status, else the message. */
export function errorText(error: unknown): string {
  if (error instanceof RpcError) return error.goText;
  return error instanceof Error ? error.message : String(error);
}

/** The status text as the `grpc-message` header has it: UTF-8 with everything but printable ASCII, and `%`, percent-encoded. */
export function encodeStatusMessage(message: string): string {
  let out = '';
  for (const byte of Buffer.from(message, 'utf8')) {
    out +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** The reverse; broken escapes stay as they are, as the protocol asks. */
export function decodeStatusMessage(header: string): string {
  if (!header.includes('%')) return Buffer.from(header, 'latin1').toString('utf8');
  const bytes: number[] = [];
  for (let i = 0; i < header.length; i++) {
    const hex = header.slice(i + 1, i + 3);
    if (header[i] === '%' && /^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else bytes.push(header.charCodeAt(i) & 0xff);
  }
  return Buffer.from(bytes).toString('utf8');
}
