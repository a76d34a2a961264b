import { notFound, ObjstoreError } from './objstore-error.ts';

/** What S3 answered, or what went wrong on the way. */
export interface S3Failure {
  readonly operation: string;
  readonly object: string;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** S3's error code, or that of the network. */
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
}

/** Sorts failures into what callers act on: not found, refused, or worth another attempt. */
export function s3Error(bucket: string, { operation, object, status, code, message, cause }: S3Failure): ObjstoreError {
  const fields = { object, operation, ...(status === undefined ? {} : { httpStatus: status }) };
  const text = `${bucket}: ${operation} ${object}: ${code}: ${message}`;
  if (code === 'NoSuchKey' || code === 'NotFound' || (status === 404 && code !== 'NoSuchBucket'))
    return notFound(bucket, object, cause);
  if (status === 416) return new ObjstoreError('bad-input', 'object-range', text, fields, cause);
  if (status === 412 || (status === 409 && operation === 'upload'))
    return new ObjstoreError('bad-input', 'object-exists', text, fields, cause);
  if (status === 401 || status === 403)
    return new ObjstoreError('internal', 'object-access-denied', text, fields, cause);
  if (status !== undefined && status >= 300 && status < 500 && status !== 408 && status !== 429) {
    return new ObjstoreError('bad-input', 'object-store-refused', text, fields, cause);
  }
  return new ObjstoreError('retryable', 'object-store-failed', text, fields, cause);
}
