import { TsanosError, type ErrorKind } from '@tsanos/bytes';

/** What an object store answered, in words its callers act on. */
export class ObjstoreError extends TsanosError {
  constructor(
    kind: ErrorKind,
    code: string,
    message: string,
    fields: Record<string, string | number> = {},
    cause?: unknown,
  ) {
    super(kind, code, message, fields, cause);
    this.name = 'ObjstoreError';
  }
}

/** The error of a missing object. */
export function notFound(bucket: string, name: string, cause?: unknown): ObjstoreError {
  return new ObjstoreError(
    'not-found',
    'object-not-found',
    `${bucket}: object ${JSON.stringify(name)} does not exist`,
    { object: name },
    cause,
  );
}

export function isNotFound(error: unknown): boolean {
  return error instanceof TsanosError && error.code === 'object-not-found';
}

export function isAccessDenied(error: unknown): boolean {
  return error instanceof TsanosError && error.code === 'object-access-denied';
}

/** Whether trying again can help. */
export function isRetryable(error: unknown): boolean {
  return error instanceof TsanosError && error.kind === 'retryable';
}

/** Refuses names that are no plain relative keys: they would leave the bucket's folder or its prefix. */
export function checkName(bucket: string, name: string): string {
  const parts = name.split('/');
  if (name === '' || name.includes('\0') || parts.some((part) => part === '..' || part === '.' || part === '')) {
    throw new ObjstoreError(
      'bad-input',
      'bad-object-name',
      `${bucket}: ${JSON.stringify(name)} is not the name of an object`,
      { object: name },
    );
  }
  return name;
}
