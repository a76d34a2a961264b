/** What the caller can do about an error. */
export type ErrorKind =
  | 'bad-input'
  | 'not-found'
  | 'limit'
  | 'retryable'
  | 'halt'
  | 'unsupported'
  | 'cancelled'
  | 'timeout'
  | 'corrupt'
  | 'internal';

/**
 * The base of every error this house throws on purpose. `code` is a stable kebab-case name, `fields` are for logs and for
 * crossing threads, `message` says what was attempted, where, got and want, and what to do.
 */
export class TsanosError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;

  constructor(
    kind: ErrorKind,
    code: string,
    message: string,
    fields: Record<string, string | number | boolean> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TsanosError';
    this.kind = kind;
    this.code = code;
    this.fields = fields;
  }
}
