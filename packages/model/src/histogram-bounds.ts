import { ldexp } from './go-log.ts';
import type { FloatHistogram, Span } from './histogram.ts';

/** The schema number of histograms with bounds of their own. */
export const CUSTOM_SCHEMA = -53;
/** Schemas that Prometheus works with; 9 to 52 are reserved, and reduced to 8 when they are read. */
export const MIN_SCHEMA = -4;
export const MAX_SCHEMA = 8;

export function usesCustomBuckets(h: { readonly schema: number }): boolean {
  return h.schema === CUSTOM_SCHEMA;
}

/** Fractions in [0.5, 1) of the bounds within one power of two, by schema. */
const FRACTIONS: readonly Float64Array[] = makeFractions();

/** The k-th part of an exp2 in software (FreeBSD's e_exp.c), by which Prometheus' table was once made. */
function exp2(x: number): number {
  const k = Math.trunc(x >= 0 ? x + 0.5 : x - 0.5);
  const t = x - k;
  const hi = t * 6.9314718036912381649e-1;
  const lo = -t * 1.90821492927058770002e-10;
  const r = hi - lo;
  const q = r * r;
  const c =
    r -
    q *
      (1.66666666666666657415e-1 +
        q *
          (-2.77777777770155933842e-3 +
            q * (6.61375632143793436117e-5 + q * (-1.6533902205465251539e-6 + q * 4.13813679705723846039e-8))));
  return ldexp(1 - (lo - (r * c) / (2 - c) - hi), k);
}

function makeFractions(): Float64Array[] {
  const tables = [Float64Array.of(0.5)];
  for (let n = 1; n <= MAX_SCHEMA; n++) {
    const table = new Float64Array(2 ** n);
    const step = exp2(exp2(-n));
    for (let k = 0; k < table.length; k++) table[k] = k % 2 === 0 ? tables[n - 1][k / 2] : table[k - 1] * step;
    tables.push(table);
  }
  return tables;
}

/** Upper bound of bucket `index` of an exponential schema; what would be 2^1024 is the largest number. */
export function exponentialBound(index: number, schema: number): number {
  if (schema < 0) {
    const exponent = index * 2 ** -schema;
    return exponent === 1024 ? Number.MAX_VALUE : ldexp(1, exponent);
  }
  const table = FRACTIONS[schema];
  const fraction = table[index & (table.length - 1)];
  const exponent = (index >> schema) + 1;
  if (fraction === 0.5 && exponent === 1025) return Number.MAX_VALUE;
  return ldexp(fraction, exponent);
}

/** Upper bound of positive bucket `index`; the lower one is the upper one of `index - 1`. */
export function bucketBound(index: number, schema: number, customValues: Float64Array | undefined): number {
  if (schema !== CUSTOM_SCHEMA) return exponentialBound(index, schema);
  const bounds = customValues ?? NO_BOUNDS;
  if (index < 0) return -Infinity;
  return index < bounds.length ? bounds[index] : Infinity;
}

const NO_BOUNDS = new Float64Array(0);

/** Index in a lower schema of the bucket that holds bucket `index`. */
export function targetIndex(index: number, schema: number, target: number): number {
  return ((index - 1) >> (schema - target)) + 1;
}

export function sameBounds(a: Float64Array | undefined, b: Float64Array | undefined): boolean {
  const n = a?.length ?? 0;
  if (n !== (b?.length ?? 0)) return false;
  for (let i = 0; i < n; i++) if (a![i] !== b![i]) return false;
  return true;
}

/** Bounds that both lists have. */
export function commonBounds(a: Float64Array | undefined, b: Float64Array | undefined): Float64Array {
  const out: number[] = [];
  const [x, y] = [a ?? NO_BOUNDS, b ?? NO_BOUNDS];
  for (let i = 0, j = 0; i < x.length && j < y.length;) {
    if (x[i] === y[j]) {
      out.push(x[i]);
      i++;
      j++;
    } else if (x[i] < y[j]) i++;
    else j++;
  }
  return Float64Array.from(out);
}

/** A copy of which every field is its own but the spans and bounds, which nobody changes. */
export function copyHistogram(h: FloatHistogram): FloatHistogram {
  return { ...h, positiveBuckets: h.positiveBuckets.slice(), negativeBuckets: h.negativeBuckets.slice() };
}

/** No buckets. */
export const NO_SPANS: readonly Span[] = [];
