import { goldenLines } from '@tsanos/model/testing';

/** A recorded query and Prometheus' answer, byte for byte. */
export interface GoldenQuery {
  readonly id: string;
  readonly group: string;
  readonly kind: 'instant' | 'range' | 'series' | 'labels' | 'label_values';
  /** The order of the result belongs to the answer. */
  readonly ordered: boolean;
  readonly params: Readonly<Record<string, string>>;
  readonly status: number;
  readonly body: string;
}

/** Which features the recording server had: every one, those of the grammar only, or none. */
export type GoldenProfile = 'all' | 'functions' | 'default';

/** The recorded queries on the block `main`, or `st`, as a server with these features answers them. */
export function goldenQueries(data: 'main' | 'st', profile: GoldenProfile): GoldenQuery[] {
  const base = data === 'main' ? 'queries' : 'queries-st';
  const lines = goldenLines<GoldenQuery>('promql', `${base}.jsonl.gz`);
  if (profile === 'all') return lines;
  const others = new Map(
    goldenLines<GoldenQuery>('promql', `${base}-${profile}.jsonl.gz`).map((line) => [line.id, line]),
  );
  return lines.map((line) => others.get(line.id) ?? line);
}

/** Why an answer is not the recorded one; undefined when it is. */
export function compareAnswer(line: GoldenQuery, status: number, body: string): string | undefined {
  if (status !== line.status) return `status ${status} instead of ${line.status}: ${body.slice(0, 300)}`;
  if (body === line.body) return undefined;
  const want = readAnswer(line.body);
  const got = readAnswer(body);
  for (const key of ['status', 'errorType', 'error', 'resultType', 'warnings', 'infos', 'other'] as const) {
    if (want[key] !== got[key]) return `${key}: got ${got[key]}, want ${want[key]}`;
  }
  return compareResults(line, want, got);
}

/** An answer in parts that compare as texts; numbers as printed. */
interface Answer {
  readonly status: string;
  readonly errorType: string;
  readonly error: string;
  readonly resultType: string;
  /** Sorted: their order is random in Prometheus. */
  readonly warnings: string;
  readonly infos: string;
  /** Everything else beside the result. */
  readonly other: string;
  readonly result: readonly ResultPart[];
}

interface ResultPart {
  readonly text: string;
  /** The value of a vector element. */
  readonly value: string;
}

function readAnswer(body: string): Answer {
  const { status, errorType, error, data, warnings, infos, ...rest } = parseExact(body) as Record<string, unknown>;
  const { resultType, result, ...inner } = (data ?? {}) as Record<string, unknown>;
  return {
    status: text(status),
    errorType: text(errorType),
    error: text(error),
    resultType: text(resultType),
    warnings: sorted(warnings),
    infos: sorted(infos),
    other: text({ ...rest, ...inner }),
    result: (Array.isArray(result) && resultType !== 'scalar' && resultType !== 'string' ? result : [result]).map(part),
  };
}

/** JSON with every number as the text that stands there, marked so that no string looks like it. */
function parseExact(body: string): unknown {
  // The third argument is newer than the library's types.
  const reviver = (_key: string, value: unknown, context?: { source: string }): unknown =>
    typeof value === 'number' ? `\u0000${context?.source ?? value}` : value;
  return JSON.parse(body, reviver) as unknown;
}

const text = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));
const sorted = (list: unknown): string => (Array.isArray(list) ? text(list.map(text).sort()) : text(list));

function part(element: unknown): ResultPart {
  const { value, histogram } = (element ?? {}) as { value?: unknown; histogram?: unknown };
  return { text: text(element), value: text(value ?? histogram) };
}

function compareResults(line: GoldenQuery, want: Answer, got: Answer): string | undefined {
  const texts = (answer: Answer): string[] => answer.result.map((one) => one.text);
  const wanted = texts(want).sort();
  const found = texts(got).sort();
  const missing = wanted.find((one) => !found.includes(one));
  const extra = found.find((one) => !wanted.includes(one));
  if (missing !== undefined || extra !== undefined) return `got ${cut(extra)}\n want ${cut(missing)}`;
  if (wanted.length !== found.length) return `${found.length} elements instead of ${wanted.length}`;
  if (!line.ordered) return undefined;
  // Equal values may stand in any order among themselves.
  const order = (answer: Answer): string[] =>
    answer.result.map((one) => (want.resultType === '"vector"' ? one.value : one.text));
  const at = order(want).findIndex((one, i) => one !== order(got)[i]);
  return at < 0 ? undefined : `order differs from element ${at} on`;
}

const cut = (one: string | undefined): string =>
  one === undefined ? 'nothing' : one.slice(0, 600).replaceAll('\\u0000', '');

/** Counts of a run, by the first part of the group. */
export class GoldenReport {
  readonly #groups = new Map<string, { passed: number; failed: number }>();
  readonly failures: string[] = [];

  add(line: GoldenQuery, problem: string | undefined): void {
    let counts = this.#groups.get(line.group);
    if (counts === undefined) this.#groups.set(line.group, (counts = { passed: 0, failed: 0 }));
    if (problem === undefined) counts.passed++;
    else {
      counts.failed++;
      this.failures.push(
        `${line.id} [${line.group}] ${line.kind} ${JSON.stringify(line.params)}\n got/want: ${problem}`,
      );
    }
  }

  get passed(): number {
    return this.#sum('passed');
  }

  get failed(): number {
    return this.#sum('failed');
  }

  #sum(what: 'passed' | 'failed'): number {
    return [...this.#groups.values()].reduce((sum, counts) => sum + counts[what], 0);
  }

  /** One line a group that has failures, and the total. */
  summary(): string {
    const lines = [...this.#groups]
      .filter(([, counts]) => counts.failed > 0)
      .sort((a, b) => b[1].failed - a[1].failed)
      .map(([group, { passed, failed }]) => `${group}: ${failed} of ${passed + failed} failed`);
    return [`${this.passed} passed, ${this.failed} failed`, ...lines].join('\n');
  }
}
