import { ObjstoreError } from '../objstore-error.ts';

/**
 * A hook for `ObservedBucket.before` or `after` that fails about `rate` of the operations with a retryable error; the same seed
 * fails the same ones.
 */
export function seededFaults(seed: number, rate: number): (operation: string, name: string) => void {
  let state = seed >>> 0;
  return (operation, name) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    if (((x ^ (x >>> 14)) >>> 0) / 2 ** 32 < rate)
      throw new ObjstoreError('retryable', 'object-store-failed', `injected: ${operation} ${name}`, { object: name });
  };
}
