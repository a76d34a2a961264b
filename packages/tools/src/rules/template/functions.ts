import { parseFloatGo, parseSignedDuration } from '@tsanos/model';
import { RE2JS } from 're2js';
import { type TemplateValue, printValue, sprintf } from './go-format.ts';
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp } from './humanize.ts';
import { TemplateError } from './lexer.ts';

/** A function of templates; the piped value is the last argument. */
export type TemplateFunction = (...args: TemplateValue[]) => TemplateValue | Promise<TemplateValue>;

/** An element of what `query` gives. */
interface Sample {
  readonly Labels: Readonly<Record<string, string>>;
  readonly Value: number;
}

function fail(message: string): never {
  throw new TemplateError(message);
}

/** A number from a float, an int, or a text that is one. */
function toFloat(value: TemplateValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'string') {
    const parsed = parseFloatGo(value);
    return parsed ?? fail(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  }
  return fail(`can't convert ${printValue(value)} to float`);
}

function toText(value: TemplateValue): string {
  return typeof value === 'string' ? value : fail(`wrong type for value; expected string; got ${printValue(value)}`);
}

function toList(value: TemplateValue): readonly TemplateValue[] {
  return Array.isArray(value) ? (value as readonly TemplateValue[]) : fail('expected a list of samples');
}

const toSample = (value: TemplateValue): Sample => value as unknown as Sample;

/** Whether Go counts a value as true: not empty, not zero. */
export function truthy(value: TemplateValue): boolean {
  if (value === null || value === undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return typeof value === 'number' ? value !== 0 : Boolean(value);
}

const formatting: Readonly<Record<string, TemplateFunction>> = {
  humanize: (value) => humanize(toFloat(value)),
  humanize1024: (value) => humanize1024(toFloat(value)),
  humanizeDuration: (value) => humanizeDuration(toFloat(value)),
  humanizePercentage: (value) => humanizePercentage(toFloat(value)),
  humanizeTimestamp: (value) => humanizeTimestamp(toFloat(value)),
  toTime: (value) => humanizeTimestamp(toFloat(value)),
  toDuration: (value) => humanizeDuration(toFloat(value)),
  parseDuration: (value) => parseSignedDuration(toText(value)) / 1000,
};

const samples: Readonly<Record<string, TemplateFunction>> = {
  first: (list) => toList(list)[0] ?? fail('first() called on vector with no elements'),
  label: (name, sample) => toSample(sample).Labels[toText(name)] ?? '',
  value: (sample) => toSample(sample).Value,
  strvalue: (sample) => toSample(sample).Labels['__value__'] ?? '',
  sortByLabel: (name, list) => {
    const key = toText(name);
    const of = (sample: TemplateValue): string => toSample(sample).Labels[key] ?? '';
    return toList(list).toSorted((a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0));
  },
  args: (...values) => Object.fromEntries(values.map((value, i) => [`arg${i}`, value])),
};

const texts: Readonly<Record<string, TemplateFunction>> = {
  match: (pattern, text) => RE2JS.compile(toText(pattern)).matcher(toText(text)).find(),
  reReplaceAll: (pattern, replacement, text) =>
    RE2JS.compile(toText(pattern)).matcher(toText(text)).replaceAll(toText(replacement)),
  title: (text) =>
    toText(text).replace(
      /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  toUpper: (text) => toText(text).toUpperCase(),
  toLower: (text) => toText(text).toLowerCase(),
  safeHtml: (text) => toText(text),
  stripPort: (text) => stripPort(toText(text)),
  stripDomain: (text) => stripDomain(toText(text)),
  urlQueryEscape: (text) => urlQueryEscape(toText(text)),
  urlquery: (...args) => urlQueryEscape(args.map(printValue).join('')),
  html: (...args) =>
    args
      .map(printValue)
      .join('')
      .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  js: (...args) => JSON.stringify(args.map(printValue).join('')).slice(1, -1),
  graphLink: (expr) => graphLink(toText(expr), 0),
  tableLink: (expr) => graphLink(toText(expr), 1),
};

function stripPort(host: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(host);
  return match === null ? host : (match[1] ?? match[2]);
}

function stripDomain(hostPort: string): string {
  const match = /^(.*):([^:]*)$/.exec(hostPort);
  const host = match === null ? hostPort : match[1];
  if (/^[0-9.]+$/.test(host) || host.includes(':')) return hostPort;
  const bare = host.split('.', 1)[0];
  return match === null ? bare : `${bare}:${match[2]}`;
}

const urlQueryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const graphLink = (expr: string, tab: number): string => `/graph?g0.expr=${urlQueryEscape(expr)}&g0.tab=${tab}`;

const basics: Readonly<Record<string, TemplateFunction>> = {
  and: (...args) => args.find((arg) => !truthy(arg)) ?? args.at(-1),
  or: (...args) => args.find(truthy) ?? args.at(-1),
  not: (value) => !truthy(value),
  len: (value) => BigInt(typeof value === 'string' ? Buffer.byteLength(value) : Object.keys(value ?? {}).length),
  index: (value, ...keys) => keys.reduce((at: TemplateValue, key) => indexInto(at, key), value),
  slice: (value, from = 0n, to) =>
    (value as string | readonly TemplateValue[]).slice(Number(from), to === undefined ? undefined : Number(to)),
  print: (...args) => args.map(printValue).join(args.every((arg) => typeof arg !== 'string') ? ' ' : ''),
  println: (...args) => `${args.map(printValue).join(' ')}\n`,
  printf: (format, ...args) => sprintf(toText(format), args),
  eq: (first, ...others) => others.some((other) => compare(first, other) === 0),
  ne: (a, b) => compare(a, b) !== 0,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
};

function indexInto(value: TemplateValue, key: TemplateValue): TemplateValue {
  if (Array.isArray(value)) {
    const i = Number(key);
    if (i < 0 || i >= value.length) return fail(`error calling index: reflect: slice index out of range`);
    return (value as readonly TemplateValue[])[i];
  }
  return (value as Readonly<Record<string, TemplateValue>> | null)?.[String(key)] ?? '';
}

function compare(a: TemplateValue, b: TemplateValue): number {
  if (typeof a !== typeof b) return fail('incompatible types for comparison');
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number' && (Number.isNaN(a) || Number.isNaN(b))) return Number.NaN;
  return (a as string) < (b as string) ? -1 : 1;
}

/** What a template knows of the server. */
export interface TemplateEnvironment {
  /** Evaluates an instant query at the time of the template. */
  query(expr: string): Promise<readonly { labels: Readonly<Record<string, string>>; value: number }[]>;
  /** Time of evaluation in seconds. */
  readonly now: number;
  readonly externalUrl: string;
}

/** All functions of Prometheus' templates. */
export function templateFunctions(env: TemplateEnvironment): Readonly<Record<string, TemplateFunction>> {
  return {
    ...basics,
    ...texts,
    ...samples,
    ...formatting,
    query: async (expr) =>
      (await env.query(toText(expr))).map(({ labels, value }) => ({ Labels: labels, Value: value })),
    now: () => env.now,
    externalURL: () => env.externalUrl,
    pathPrefix: () => (URL.canParse(env.externalUrl) ? new URL(env.externalUrl).pathname : ''),
  };
}
