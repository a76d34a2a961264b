/** An answer by what it means: see `meaning`. */
interface Meaning {
  readonly status?: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly notes?: readonly string[];
  readonly data?: unknown;
}

/** A recorded answer of Thanos and ours to the same request. */
export interface Pair {
  readonly path: string;
  readonly query: string;
  readonly want: { readonly status: number; readonly meaning: unknown };
  readonly got: { readonly status: number; readonly meaning: unknown };
}

/** A difference that is meant: which pairs it is about, and what still must hold for them. */
interface Difference {
  readonly why: string;
  readonly holds: (pair: Pair, want: Meaning, got: Meaning) => boolean;
}

const failed = (pair: Pair, got: Meaning, status: number): boolean =>
  pair.got.status === status && got.status === 'error' && got.errorType !== undefined;

/** Where our answers differ from Thanos' on purpose. */
const DIFFERENCES: readonly Difference[] = [
  {
    why: "what is no route is refused in the API's envelope; no redirects; HEAD is answered",
    holds: (pair, _want, got) =>
      typeof pair.want.meaning === 'string' &&
      [301, 307, 404, 405].includes(pair.want.status) &&
      (failed(pair, got, 405) || failed(pair, got, 404) || failed(pair, got, 400) || pair.got.meaning === ''),
  },
  {
    why: 'format_query and parse_query exist',
    holds: (pair) => /\/(format|parse)_query/.test(pair.path) && [200, 400, 405].includes(pair.got.status),
  },
  {
    why: 'query_explain tells of an engine of our own',
    holds: (pair) => pair.path.includes('_explain') && [pair.want.status, 404].includes(pair.got.status),
  },
  {
    why: "the same is refused, in Prometheus' words",
    holds: (pair, want, got) =>
      want.status === 'error' && pair.want.status === pair.got.status && want.errorType === got.errorType,
  },
  {
    why: 'limit counts on queries, and is checked',
    holds: (pair, _want, got) =>
      /[?&]limit=/.test(pair.path) &&
      (failed(pair, got, 400) || got.notes?.includes('results truncated due to limit') === true),
  },
  {
    why: 'a selector that also matches the empty text is refused, as by Prometheus',
    holds: (pair, _want, got) =>
      got.error === 'match[] must contain at least one non-empty matcher' && failed(pair, got, 400),
  },
  {
    why: 'a step below one millisecond is named',
    holds: (pair, want, got) => want.error?.includes('divide by zero') === true && failed(pair, got, 422),
  },
  {
    why: 'the engine is always the one there is, so that analyze has nothing to warn of',
    holds: (pair, want, got) => pair.path.includes('analyze=') && sameValues(want.data, got.data),
  },
  {
    why: 'newer grammar',
    holds: (pair, want) => pair.got.status === 200 && /parse error|^unexpected error$/.test(want.error ?? ''),
  },
  {
    why: 'Prometheus 3.14 says more in infos and warnings',
    holds: (_pair, want, got) =>
      sameValues(want.data, got.data) &&
      (want.notes ?? []).every((note) => got.notes?.includes(note) === true) &&
      (got.notes ?? []).every((note) => note.startsWith('PromQL ') || want.notes?.includes(note) === true),
  },
  {
    why: 'raw counters are not adjusted, so that the engine sees what Prometheus would',
    holds: (pair, want, got) =>
      /\b(rate|irate|increase|resets)\s*\(/.test(pair.query) &&
      pair.want.status === 200 &&
      pair.got.status === 200 &&
      (got.notes ?? []).every((note) => note.startsWith('PromQL ')) &&
      (/[<>=]/.test(pair.query) || rowCount(want.data) <= rowCount(got.data)),
  },
  {
    why: "penalties begin where the selector's own window begins, not where that of the longest selector of the query does",
    holds: (pair, want, got) =>
      FIRST_POINTS_DIFFER.some((part) => pair.query.includes(part)) && want.status === got.status,
  },
];

/** Queries whose first point is taken from the other replica. */
const FIRST_POINTS_DIFFER = [
  'queue_depth[5m:2m]',
  'unless on (job) sum_over_time(request_duration_seconds_bucket',
  'offset 90s)) / on (job) count by (job) (timestamp(up',
  'present_over_time(nh_latency_seconds[15s])) or on (job) (delta(nh_mixed',
];

/** How many series or elements a result has. */
function rowCount(data: unknown): number {
  const { result } = (data ?? {}) as { readonly result?: unknown };
  return Array.isArray(result) ? result.length : -1;
}

/** Equal, numbers to twelve digits: sums are compensated in Prometheus 3.14. */
function sameValues(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') {
    if (one === other) return true;
    const [a, b] = [Number(one), Number(other)];
    if (one !== '' && Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b))) return true;
    return one.startsWith('{') && other.startsWith('{') && sameValues(JSON.parse(one), JSON.parse(other));
  }
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return one === other;
  const [a, b] = [Object.entries(one), new Map(Object.entries(other))];
  return a.length === b.size && a.every(([name, value]) => b.has(name) && sameValues(value, b.get(name)));
}

/** Why a pair differs; undefined when nothing explains it. */
export function explain(pair: Pair): string | undefined {
  const [want, got] = [pair.want.meaning, pair.got.meaning].map((one) =>
    one !== null && typeof one === 'object' ? (one as Meaning) : {},
  );
  return DIFFERENCES.find((one) => one.holds(pair, want, got))?.why;
}
