import {
  type CounterResetHint,
  type FloatHistogram,
  type Label,
  type Span,
  addHistograms,
  compareUtf8,
  subHistograms,
} from '@tsanos/model';
import { goQuote } from '../printer/go-quote.ts';
import { parseLiteral } from './duration-parser.ts';
import { DEFAULT_FEATURES } from './features.ts';
import { parseNumber } from './number-literal.ts';
import { SeriesLexer } from './series-lexer.ts';
import { T, isMetricWord } from './tokens.ts';
import { type Expectation, NOTHING_EXPECTED, TokenReader } from './token-reader.ts';
import { unquote } from './unquote.ts';

/** A value of a series description; `gap` is `_`, `stale` the stale marker. */
export type SeriesValue = 'gap' | 'stale' | number | FloatHistogram;

/** `metric value value …` as in test scripts. */
export interface SeriesDescription {
  /** Sorted by name; duplicates and empty values stay as written. */
  readonly labels: readonly Label[];
  readonly values: readonly SeriesValue[];
}

/** No description may name more values than this: scripts are texts from outside. */
const MAX_VALUES = 1_000_000;

const IDENTIFIER_OR_END: Expectation = { context: 'label set', expected: 'identifier or "}"' };
const COMMA_OR_END: Expectation = { context: 'label set', expected: '"," or "}"' };
const EQUALS: Expectation = { context: 'label set', expected: '"="' };
const STRING: Expectation = { context: 'label set', expected: 'string' };
const VALUES: Expectation = { context: 'series values', expected: '' };
const NUMBER_OR_STALE: Expectation = { context: 'series values', expected: 'number or "stale"' };
const HISTOGRAM_KEY: Expectation = {
  context: 'histogram description',
  expected: 'histogram description key, e.g. buckets:[5 10 7]',
};

/** Parses a metric such as `name{a="b"}`. Throws a `ParseError`. */
export function parseMetric(text: string): readonly Label[] {
  const reader = new TokenReader(text, DEFAULT_FEATURES);
  const labels = parseLabels(reader);
  reader.expect(T.EOF, NOTHING_EXPECTED);
  return labels;
}

/** Parses a series with its values. Throws a `ParseError` with Prometheus' message. */
export function parseSeriesDescription(text: string): SeriesDescription {
  const reader = new TokenReader(text, DEFAULT_FEATURES, new SeriesLexer(text));
  const labels = parseLabels(reader);
  const values: SeriesValue[] = [];
  reader.expectation = VALUES;
  const first = reader.peek();
  if (first !== T.SPACE && first !== T.EOF) reader.unexpected();
  while (reader.accept(T.SPACE)) {
    if (startsItem(reader.peek())) parseItem(reader, values);
  }
  reader.expect(T.EOF, NOTHING_EXPECTED);
  return { labels, values };
}

function parseLabels(reader: TokenReader): readonly Label[] {
  const type = reader.peek();
  let name: string | undefined;
  if (type === T.IDENTIFIER || type === T.METRIC_IDENTIFIER || isMetricWord(type)) {
    name = reader.value;
    reader.take();
  }
  const labels = reader.peek() === T.LBRACE ? parseLabelSet(reader) : [];
  if (name === undefined) return sortLabels(labels);
  // The name replaces the first one inside the braces, as Prometheus' label builder does.
  const inside = labels.findIndex(([label]) => label === '__name__');
  const others = labels.filter(([, value], i) => i !== inside && value !== '');
  return sortLabels([['__name__', name], ...others]);
}

function sortLabels(labels: readonly Label[]): readonly Label[] {
  return labels.toSorted((a, b) => compareUtf8(a[0], b[0]));
}

function parseLabelSet(reader: TokenReader): Label[] {
  reader.take();
  const labels: Label[] = [];
  if (reader.accept(T.RBRACE)) return labels;
  for (;;) {
    labels.push(parseLabel(reader));
    if (reader.accept(T.RBRACE)) return labels;
    reader.expect(T.COMMA, COMMA_OR_END);
    if (reader.accept(T.RBRACE)) return labels;
  }
}

function parseLabel(reader: TokenReader): Label {
  const type = reader.peek();
  if (type !== T.IDENTIFIER && type !== T.STRING) reader.unexpected(IDENTIFIER_OR_END);
  const name = type === T.STRING ? unquote(reader.value) : reader.value;
  reader.take();
  if (reader.peek() !== T.EQL) {
    // A quoted string alone is the metric's name.
    if (type === T.STRING) return ['__name__', name];
    reader.unexpected(EQUALS);
  }
  reader.take();
  reader.expect(T.STRING, STRING);
  return [name, unquote(reader.value)];
}

function startsItem(type: number): boolean {
  switch (type) {
    case T.BLANK:
    case T.IDENTIFIER:
    case T.NUMBER:
    case T.ADD:
    case T.SUB:
    case T.OPEN_HIST:
      return true;
    default:
      return false;
  }
}

function parseItem(reader: TokenReader, out: SeriesValue[]): void {
  const type = reader.peek();
  if (type === T.BLANK) {
    reader.take();
    const count = reader.accept(T.TIMES) ? parseCount(reader) : 1;
    for (let i = 0; i < count; i++) out.push('gap');
  } else if (type === T.OPEN_HIST) parseHistograms(reader, out);
  else parseFloats(reader, out);
  if (out.length > MAX_VALUES) tooMany(reader);
}

function tooMany(reader: TokenReader): never {
  return reader.fail({ start: reader.start, end: reader.end }, `series has more than ${MAX_VALUES} values`);
}

function parseCount(reader: TokenReader): number {
  reader.expect(T.NUMBER);
  const count = Number(reader.value);
  if (!/^[0-9]+$/.test(reader.value)) {
    const problem = `strconv.ParseUint: parsing ${goQuote(reader.value)}: invalid syntax`;
    const pos = { start: reader.start, end: reader.end };
    return reader.fail(pos, `invalid repetition in series values: ${problem}`);
  }
  return count < MAX_VALUES ? count : tooMany(reader);
}

function parseFloats(reader: TokenReader, out: SeriesValue[]): void {
  let value: SeriesValue = 'stale';
  if (reader.accept(T.IDENTIFIER)) {
    if (reader.value !== 'stale') reader.unexpected(NUMBER_OR_STALE);
  } else value = parseSigned(reader);
  let type = reader.peek();
  let step: number | undefined;
  if (type === T.ADD || type === T.SUB) {
    step = parseSigned(reader);
    type = reader.peek();
    if (type !== T.TIMES) reader.unexpected();
  }
  out.push(value);
  if (type !== T.TIMES) return;
  reader.take();
  for (let count = parseCount(reader); count > 0; count--) {
    // Without a step the value stays as it is, -0 included.
    if (typeof value === 'number' && step !== undefined) value += step;
    out.push(value);
  }
}

function parseSigned(reader: TokenReader): number {
  const sign = reader.peek();
  if (sign === T.ADD || sign === T.SUB) reader.take();
  if (reader.peek() !== T.NUMBER) reader.unexpected();
  const { value } = parseLiteral(reader);
  return sign === T.SUB ? -value : value;
}

function parseHistograms(reader: TokenReader, out: SeriesValue[]): void {
  const base = parseHistogram(reader);
  const type = reader.peek();
  let other: FloatHistogram | undefined;
  if (type === T.ADD || type === T.SUB) {
    reader.take();
    other = parseHistogram(reader);
    if (reader.peek() !== T.TIMES) reader.unexpected();
  }
  out.push(base);
  if (!reader.accept(T.TIMES)) return;
  const count = parseCount(reader);
  const pos = { start: reader.start, end: reader.end };
  let value = base;
  for (let i = 0; i < count; i++) {
    if (other !== undefined) {
      if (value.schema > other.schema) {
        const schemas = `from schema ${other.schema} to ${value.schema}`;
        reader.fail(pos, `error combining histograms: cannot merge ${schemas}`);
      }
      try {
        value = (type === T.SUB ? subHistograms : addHistograms)(value, other).histogram;
      } catch (error) {
        reader.fail(pos, error instanceof Error ? error.message : String(error));
      }
    }
    out.push(value);
  }
}

interface HistogramFields {
  schema: number;
  sum: number;
  count: number;
  z_bucket: number;
  z_bucket_w: number;
  offset: number;
  n_offset: number;
  buckets: readonly number[];
  n_buckets: readonly number[];
  custom_values: readonly number[];
  counter_reset_hint: CounterResetHint;
}

function parseHistogram(reader: TokenReader): FloatHistogram {
  reader.expect(T.OPEN_HIST);
  const fields: HistogramFields = {
    schema: 0,
    sum: 0,
    count: 0,
    z_bucket: 0,
    z_bucket_w: 0,
    offset: 0,
    n_offset: 0,
    buckets: [],
    n_buckets: [],
    custom_values: [],
    counter_reset_hint: 'unknown',
  };
  const seen = new Set<string>();
  reader.accept(T.SPACE);
  while (!reader.accept(T.CLOSE_HIST)) {
    parseField(reader, fields, seen);
    reader.expectation = HISTOGRAM_KEY;
    if (reader.peek() !== T.CLOSE_HIST) reader.expect(T.SPACE);
  }
  reader.expectation = VALUES;
  return histogramOf(fields);
}

function parseField(reader: TokenReader, fields: HistogramFields, seen: Set<string>): void {
  reader.expect(T.HIST_KEY);
  const key = reader.value.toLowerCase() as keyof HistogramFields;
  reader.expect(T.COLON);
  switch (key) {
    case 'buckets':
    case 'n_buckets':
    case 'custom_values':
      fields[key] = parseBuckets(reader);
      break;
    case 'counter_reset_hint':
      reader.expect(T.HIST_HINT);
      fields[key] = reader.value.toLowerCase() as CounterResetHint;
      break;
    case 'schema':
    case 'offset':
    case 'n_offset':
      fields[key] = parseInteger(reader);
      break;
    default:
      fields[key] = parseSigned(reader);
  }
  if (seen.has(key)) reader.fail({ start: 0, end: 0 }, `duplicate key "${key}" in histogram`);
  seen.add(key);
}

function parseInteger(reader: TokenReader): number {
  const negative = reader.accept(T.SUB);
  reader.expect(T.NUMBER);
  const parsed = parseNumber(reader.value);
  const value = parsed.problem === undefined ? parsed.value : Number.NaN;
  if (!Number.isInteger(value)) {
    const problem = `strconv.ParseInt: parsing ${goQuote(reader.value)}: invalid syntax`;
    return reader.fail({ start: reader.start, end: reader.end }, `error parsing number: ${problem}`);
  }
  return negative ? -value : value;
}

function parseBuckets(reader: TokenReader): number[] {
  reader.expect(T.LBRACKET);
  const buckets: number[] = [];
  for (;;) {
    buckets.push(parseSigned(reader));
    if (reader.accept(T.RBRACKET)) return buckets;
    reader.expect(T.SPACE);
    if (reader.accept(T.RBRACKET)) return buckets;
  }
}

function histogramOf(fields: HistogramFields): FloatHistogram {
  return {
    counterResetHint: fields.counter_reset_hint,
    schema: fields.schema,
    zeroThreshold: fields.z_bucket_w,
    zeroCount: fields.z_bucket,
    count: fields.count,
    sum: fields.sum,
    positiveSpans: spansOf(fields.offset, fields.buckets),
    negativeSpans: spansOf(fields.n_offset, fields.n_buckets),
    positiveBuckets: Float64Array.from(fields.buckets),
    negativeBuckets: Float64Array.from(fields.n_buckets),
    customValues: fields.schema === -53 ? Float64Array.from(fields.custom_values) : undefined,
  };
}

function spansOf(offset: number, buckets: readonly number[]): Span[] {
  return buckets.length === 0 ? [] : [{ offset, length: buckets.length }];
}
