export type { ByteCache } from './byte-cache.ts';
export { TsanosError, type ErrorKind } from './error.ts';
export * from './observe.ts';
