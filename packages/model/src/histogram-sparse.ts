import { exponentialBound, targetIndex } from './histogram-bounds.ts';
import type { FloatHistogram, Span } from './histogram.ts';
import { kahanInc, kahanRest } from './kahan.ts';

/** One side of a histogram as (index, count) columns, ascending; the form in which layouts are merged. */
export interface SparseSide {
  index: Int32Array;
  count: Float64Array;
  /** Compensation of a running sum, by bucket; undefined for plain counts. */
  rest: Float64Array | undefined;
}

/** Indices of all buckets that spans describe; there are `length` of them. */
export function spanIndices(spans: readonly Span[], length: number): Int32Array {
  const out = new Int32Array(length);
  let at = 0;
  let index = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length && at < length; i++) out[at++] = index++;
  }
  return at === length ? out : out.subarray(0, at);
}

export function positiveSide(h: FloatHistogram, rest?: Float64Array): SparseSide {
  return { index: spanIndices(h.positiveSpans, h.positiveBuckets.length), count: h.positiveBuckets, rest };
}

export function negativeSide(h: FloatHistogram, rest?: Float64Array): SparseSide {
  return { index: spanIndices(h.negativeSpans, h.negativeBuckets.length), count: h.negativeBuckets, rest };
}

/** Spans of ascending indices: one a run. */
export function indexSpans(index: Int32Array): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (let i = 0; i < index.length; i++) {
    const last = spans.length - 1;
    if (last >= 0 && index[i] === end) spans[last].length++;
    else spans.push({ offset: index[i] - (last < 0 ? 0 : end), length: 1 });
    end = index[i] + 1;
  }
  return spans;
}

/** Without the buckets that are empty. */
export function compactSide(side: SparseSide): SparseSide {
  const { index, count, rest } = side;
  let kept = 0;
  for (let i = 0; i < count.length; i++) if (!isEmpty(side, i)) kept++;
  if (kept === count.length) return side;
  const out = emptySide(kept, rest !== undefined);
  let at = 0;
  for (let i = 0; i < count.length; i++) {
    if (isEmpty(side, i)) continue;
    out.index[at] = index[i];
    out.count[at] = count[i];
    if (rest !== undefined) out.rest![at] = rest[i];
    at++;
  }
  return out;
}

function isEmpty(side: SparseSide, i: number): boolean {
  return side.count[i] === 0 && (side.rest === undefined || side.rest[i] === 0);
}

export function emptySide(length: number, withRest: boolean): SparseSide {
  return {
    index: new Int32Array(length),
    count: new Float64Array(length),
    rest: withRest ? new Float64Array(length) : undefined,
  };
}

/** The same counts in a lower schema. */
export function reduceSide(side: SparseSide, schema: number, target: number): SparseSide {
  if (schema === target) return side;
  const { index, count, rest } = side;
  const out = emptySide(count.length, rest !== undefined);
  let n = 0;
  for (let i = 0; i < count.length; i++) {
    const to = targetIndex(index[i], schema, target);
    if (n === 0 || out.index[n - 1] !== to) {
      out.index[n] = to;
      out.count[n] = count[i];
      if (rest !== undefined) out.rest![n] = rest[i];
      n++;
    } else {
      addAt(out, n - 1, count[i]);
      if (rest !== undefined) addAt(out, n - 1, rest[i]);
    }
  }
  return { index: out.index.subarray(0, n), count: out.count.subarray(0, n), rest: out.rest?.subarray(0, n) };
}

/** Adds to one bucket, compensated where the side is. */
export function addAt(side: SparseSide, i: number, amount: number): void {
  if (side.rest === undefined) side.count[i] += amount;
  else {
    side.count[i] = kahanInc(amount, side.count[i], side.rest[i]);
    side.rest[i] = kahanRest();
  }
}

/** First bucket of `side` whose upper bound is above `threshold`. */
export function firstAbove(side: SparseSide, schema: number, threshold: number): number {
  if (threshold === 0) return 0;
  let i = 0;
  while (i < side.index.length && exponentialBound(side.index[i], schema) <= threshold) i++;
  return i;
}

/** a + sign * b from bucket `from` of b on; compensated if `a` has a rest. */
export function mergeSides(a: SparseSide, b: SparseSide, from: number, sign: 1 | -1): SparseSide {
  if (from === 0 && sameIndices(a.index, b.index)) return addInPlaceCopy(a, b, sign);
  const out = emptySide(a.count.length + b.count.length - from, a.rest !== undefined);
  let n = 0;
  let i = 0;
  for (let j = from; j < b.count.length; j++) {
    for (; i < a.count.length && a.index[i] < b.index[j]; i++) copyBucket(out, n++, a, i);
    out.index[n] = b.index[j];
    const rest = b.rest === undefined ? 0 : sign * b.rest[j];
    if (i < a.count.length && a.index[i] === b.index[j]) {
      copyBucket(out, n, a, i++);
      addAt(out, n, sign * b.count[j]);
      if (rest !== 0) addAt(out, n, rest);
    } else {
      out.count[n] = sign * b.count[j];
      if (out.rest !== undefined) out.rest[n] = rest;
    }
    n++;
  }
  for (; i < a.count.length; i++) copyBucket(out, n++, a, i);
  return { index: out.index.subarray(0, n), count: out.count.slice(0, n), rest: out.rest?.slice(0, n) };
}

function copyBucket(out: SparseSide, to: number, from: SparseSide, i: number): void {
  out.index[to] = from.index[i];
  out.count[to] = from.count[i];
  if (out.rest !== undefined) out.rest[to] = from.rest === undefined ? 0 : from.rest[i];
}

/** The common case: the same buckets on both. */
function addInPlaceCopy(a: SparseSide, b: SparseSide, sign: 1 | -1): SparseSide {
  const out: SparseSide = { index: a.index, count: a.count.slice(), rest: a.rest?.slice() };
  for (let i = 0; i < out.count.length; i++) {
    addAt(out, i, sign * b.count[i]);
    const rest = b.rest === undefined ? 0 : sign * b.rest[i];
    if (rest !== 0) addAt(out, i, rest);
  }
  return out;
}

function sameIndices(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
