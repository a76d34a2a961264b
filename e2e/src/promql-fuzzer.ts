import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goldenPath } from '@tsanos/model/testing';
import { Engine, type Expr, parse, printExpr } from '@tsanos/promql';
import { type GoldenQuery, Random, compareAnswer, engineAnswer } from '@tsanos/promql/testing';
import { blockQueryable, openBlock } from '@tsanos/tsdb';
import { TestProcess, freePort } from './process.ts';
import { type KnownMetric, QueryGenerator } from './promql-generator.ts';

const START = 1_700_006_400;
const END = 1_700_028_000;

export interface FuzzOptions {
  /** Path of the real Prometheus. */
  readonly prometheus: string;
  readonly seed: number;
  readonly count: number;
  /** Differences after which the run ends. */
  readonly maxDifferences: number;
}

export interface FuzzReport {
  readonly same: number;
  /** Of those that are the same: errors, and answers without series. */
  readonly errors: number;
  readonly empty: number;
  /** Prometheus does not agree with itself. */
  readonly unstable: number;
  /** What differs, as small as it could be made. */
  readonly different: readonly string[];
}

/**
 * Metrics with native histograms. Since 3.5 their sums are compensated, custom buckets are reconciled instead of refused,
 * and gauge histograms keep other hints: about one answer in 300 differs. The recorded answers of 3.14 cover them.
 */
const HISTOGRAMS = /^(nh_|both_)/;

interface Answer {
  readonly status: number;
  readonly body: string;
}

class RealPrometheus {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async ask({ kind, params }: GoldenQuery): Promise<Answer> {
    const path = kind === 'instant' ? 'query' : 'query_range';
    const response = await fetch(`${this.#url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(params) });
    return { status: response.status, body: await response.text() };
  }

  async metrics(): Promise<KnownMetric[]> {
    const params = new URLSearchParams({ 'match[]': '{__name__=~".+"}', start: String(START), end: String(END) });
    const response = await fetch(`${this.#url}/api/v1/series?${params}`);
    const { data } = (await response.json()) as { data: readonly Record<string, string>[] };
    const metrics = new Map<string, Map<string, Set<string>>>();
    for (const { __name__: name, ...labels } of data) {
      if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) || HISTOGRAMS.test(name)) continue;
      const known = metrics.get(name) ?? new Map<string, Set<string>>();
      metrics.set(name, known);
      for (const [label, value] of Object.entries(labels)) {
        if (!/^[a-zA-Z_]\w*$/.test(label) || /["\\\n]/.test(value)) continue;
        known.set(label, (known.get(label) ?? new Set()).add(value));
      }
    }
    return [...metrics].map(([name, labels]) => ({
      name,
      labels: new Map([...labels].map(([label, set]) => [label, [...set]])),
    }));
  }
}

/** Annotations that came after 3.5. */
const NEWER_ANNOTATION = /sort is ineffective for range queries/;
/** Since 3.8 these two are told without the metric's name, or with details in its place; the same text is told at one place only. */
const BUCKET_NAME = /(has a malformed value of ".*?")( for metric name ".*?")? \(\d+:\d+\)$/;
const MONOTONICITY = /(needed to be fixed for monotonicity \(see [^)]*\)).*$/;
/** Beyond ten of a kind Prometheus shows any ten. */
const OMITTED = /more (warning|info) annotations omitted/;

/** The answer with its annotations as all versions know them. */
function comparable(body: string): string {
  const at = body.search(/,"(warnings|infos)":\[/);
  if (at < 0) return body;
  const lists = JSON.parse(`{${body.slice(at + 1)}`) as Readonly<Record<string, readonly string[]>>;
  let out = body.slice(0, at);
  for (const [name, texts] of Object.entries(lists)) {
    if (texts.some((text) => OMITTED.test(text))) continue;
    const known = texts
      .filter((text) => !NEWER_ANNOTATION.test(text))
      .map((text) => text.replace(BUCKET_NAME, '$1').replace(MONOTONICITY, '$1'));
    if (known.length > 0) out += `,"${name}":${JSON.stringify([...new Set(known)].sort())}`;
  }
  return `${out}}`;
}

function randomCase(random: Random, generator: QueryGenerator, id: string): GoldenQuery {
  const query = generator.query();
  const time = START + random.below(END - START) + random.pick([0, 0, 0.5, 0.123]);
  const base = { id, group: 'fuzz', ordered: false, status: 0, body: '' };
  if (random.next() < 0.5) return { ...base, kind: 'instant', params: { query, time: String(time) } };
  const step = random.pick([15, 30, 60, 61, 300, 7.5]);
  const end = time + step * random.below(40);
  return {
    ...base,
    kind: 'range',
    ordered: true,
    params: { query, start: String(time), end: String(end), step: String(step) },
  };
}

/** The direct parts of an expression that are queries of their own. */
function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'paren':
    case 'unary':
    case 'subquery':
      return [expr.expr];
    case 'binary':
      return [expr.lhs, expr.rhs];
    case 'aggregation':
      return [expr.expr];
    case 'call':
      return expr.args;
    default:
      return [];
  }
}

function partsOfText(text: string): readonly Expr[] {
  try {
    return partsOf(parse(text));
  } catch {
    // We refuse what Prometheus takes: there is nothing to take apart.
    return [];
  }
}

class Fuzzer {
  readonly #real: RealPrometheus;
  readonly #ours: (line: GoldenQuery) => Promise<Answer>;
  same = 0;
  /** Of those that are the same: errors, and answers without series. */
  errors = 0;
  empty = 0;
  unstable = 0;
  readonly different: string[] = [];

  constructor(real: RealPrometheus, ours: (line: GoldenQuery) => Promise<Answer>) {
    this.#real = real;
    this.#ours = ours;
  }

  /** What differs, undefined when nothing does; `unstable` when Prometheus does not agree with itself. */
  async #compare(line: GoldenQuery): Promise<string | undefined> {
    const want = await this.#real.ask(line);
    const got = await this.#ours(line);
    const problem = difference(line, want, got);
    if (problem === undefined) {
      if (want.status !== 200) this.errors++;
      else if (want.body.includes('"result":[]')) this.empty++;
      return undefined;
    }
    for (let again = 0; again < 12; again++) {
      const other = await this.#real.ask(line);
      if (difference(line, want, other) !== undefined) return 'unstable';
    }
    return problem;
  }

  async check(line: GoldenQuery): Promise<void> {
    const problem = await this.#compare(line);
    if (problem === undefined) this.same++;
    else if (problem === 'unstable') this.unstable++;
    else this.different.push(await this.#smallest(line, problem));
  }

  /** Goes down to the smallest part that still differs. */
  async #smallest(line: GoldenQuery, problem: string): Promise<string> {
    for (const part of partsOfText(line.params['query'])) {
      const smaller = { ...line, params: { ...line.params, query: printExpr(part) } };
      const still = await this.#compare(smaller);
      if (still !== undefined && still !== 'unstable' && !still.startsWith('status 400'))
        return this.#smallest(smaller, still);
    }
    return `${line.id} ${line.kind} ${JSON.stringify(line.params)}\n${problem}`;
  }
}

const TOO_MANY = /"multiple matches for labels: (many-to-one|grouping labels must)/;

function difference(line: GoldenQuery, want: Answer, got: Answer): string | undefined {
  // Which of several duplicates an error names is random in Prometheus.
  if (want.status === got.status && want.body.includes('found duplicate series')) return undefined;
  // Since 3.7 pairs are checked before a comparison filters them.
  if (want.status === 200 && TOO_MANY.test(got.body)) return undefined;
  return compareAnswer({ ...line, status: want.status, body: comparable(want.body) }, got.status, comparable(got.body));
}

/** Asks a real Prometheus and our engine the same random queries over the golden block `main`. */
export async function fuzzPromql(options: FuzzOptions): Promise<FuzzReport> {
  const folder = await mkdtemp(join(tmpdir(), 'tsanos-fuzz-'));
  const source = goldenPath('promql', 'data', 'main');
  await cp(source, join(folder, 'data'), { recursive: true });
  await writeFile(join(folder, 'prometheus.yml'), '');
  const address = `127.0.0.1:${await freePort()}`;
  const server = new TestProcess('prometheus', options.prometheus, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--storage.tsdb.retention.time=100y',
    '--enable-feature=promql-experimental-functions',
  ]);
  try {
    await server.ready(`http://${address}/-/ready`);
    return await compareMany(new RealPrometheus(`http://${address}`), source, options);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function compareMany(real: RealPrometheus, source: string, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, count, maxDifferences } = options;
  const blocks = await Promise.all((await readdir(source)).map((name) => openBlock(join(source, name))));
  const queryable = blockQueryable(blocks);
  const engine = new Engine({ features: { experimentalFunctions: true } });
  const fuzzer = new Fuzzer(real, (line) => engineAnswer(line, engine, queryable));
  const random = new Random(seed);
  const generator = new QueryGenerator(random, await real.metrics());
  for (let i = 0; i < count && fuzzer.different.length < maxDifferences; i++) {
    await fuzzer.check(randomCase(random, generator, `seed ${seed} #${i}`));
  }
  return fuzzer;
}
