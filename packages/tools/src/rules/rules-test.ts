import { glob, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { Labels, formatDuration, formatFloatExponent, labelsToString } from '@tsanos/model';
import { MemoryStorage, type PointValue, type ScriptEngine, type SeriesValue, histogramNotation } from '@tsanos/promql';
import { type RuleGroup, parseRuleFile } from './rule-file.ts';
import { type RuleContext, RuleGroupRunner } from './rule-runner.ts';
import { checkAlertTemplate } from './template/template.ts';
import { type AlertTest, type ExprTest, type RuleTest, type RuleTestFile, parseTestFile } from './test-file.ts';

/** Where a command writes, and its engine. */
export interface RulesTestTools {
  readonly engine: ScriptEngine;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Only tests whose name matches are run. */
  readonly run?: RegExp;
}

/**
 * `tsanos tools rules-test FILE…`: runs unit tests of rules in promtool's format and prints for each file SUCCESS or
 * FAILED with what differs. Gives the exit code.
 */
export async function runRulesTest(files: readonly string[], tools: RulesTestTools): Promise<number> {
  let failed = false;
  for (const file of files) {
    tools.stdout(`Unit Testing:  ${file}\n`);
    const problems = await testFile(file, tools);
    if (problems.length === 0) tools.stdout('  SUCCESS\n\n');
    else {
      failed = true;
      tools.stderr(`  FAILED:\n${problems.join('\n')}\n\n`);
    }
  }
  return failed ? 1 : 0;
}

async function testFile(file: string, tools: RulesTestTools): Promise<string[]> {
  try {
    const tests = parseTestFile(await readFile(file, 'utf8'));
    const groups = await readGroups(file, tests);
    const problems: string[] = [];
    for (const test of tests.tests) {
      if (tools.run !== undefined && !tools.run.test(test.name)) continue;
      const found = await runTest(test, tests, groups, tools);
      if (found.length > 0 && test.name !== '') problems.push(`    name: ${test.name},`);
      problems.push(...found);
    }
    return problems;
  } catch (error) {
    return [`    ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function readGroups(file: string, { ruleFiles, groupEvalOrder }: RuleTestFile): Promise<RuleGroup[]> {
  const groups: RuleGroup[] = [];
  for (const pattern of ruleFiles) {
    const found: string[] = [];
    for await (const path of glob(isAbsolute(pattern) ? pattern : join(dirname(file), pattern))) found.push(path);
    if (found.length === 0) throw new Error(`WARNING: no file match pattern ${pattern}`);
    for (const path of found.sort()) {
      groups.push(...parseRuleFile(await readFile(path, 'utf8'), { checkTemplate: checkAlertTemplate }));
    }
  }
  // Groups that are not named rank like the first that is.
  const rank = ({ name }: RuleGroup): number => Math.max(0, groupEvalOrder.indexOf(name));
  return groups.sort((a, b) => rank(a) - rank(b));
}

/** Adds the input of a test, in order of time. */
class Input {
  readonly #test: RuleTest;
  readonly #storage: MemoryStorage;
  #next = 0;

  constructor(test: RuleTest, storage: MemoryStorage) {
    this.#test = test;
    this.#storage = storage;
  }

  /** Adds all that is not later than `time`. */
  loadUntil(time: number): void {
    const { interval, start, series } = this.#test;
    const longest = Math.max(0, ...series.map(({ values }) => values.length));
    for (; this.#next < longest && start + this.#next * interval <= time; this.#next++) {
      for (const { labels, values } of series) {
        const value = values[this.#next];
        if (value === undefined || value === 'gap') continue;
        this.#storage.append(Labels.from(labels), start + this.#next * interval, value);
      }
    }
  }
}

async function runTest(
  test: RuleTest,
  file: RuleTestFile,
  groups: readonly RuleGroup[],
  tools: RulesTestTools,
): Promise<string[]> {
  const storage = new MemoryStorage();
  const { externalLabels, externalUrl, start } = test;
  const context: RuleContext = { storage, engine: tools.engine, externalLabels, externalUrl };
  const runners = groups.map((group) => new RuleGroupRunner(group, context));
  const input = new Input(test, storage);
  const last = Math.max(
    0,
    ...test.alerts.map(({ evalTime }) => evalTime),
    ...test.exprs.map(({ evalTime }) => evalTime),
  );
  const problems: string[] = [];
  const step = file.evaluationInterval;
  for (let time = 0; time <= last; time += step) {
    input.loadUntil(start + time);
    for (const runner of runners) {
      const errors = await runner.evaluate(start + time);
      problems.push(...errors.map((error) => `    ${error}`));
    }
    for (const alert of test.alerts) {
      if (alert.evalTime >= time && alert.evalTime < time + step) problems.push(...checkAlert(alert, runners));
    }
  }
  input.loadUntil(start + last);
  for (const expr of test.exprs) problems.push(...(await checkExpr(expr, test, file, context)));
  return problems;
}

interface Shown {
  readonly labels: string;
  readonly annotations: string;
}

const shownText = ({ labels, annotations }: Shown): string =>
  `Labels:${labels}\n              Annotations:${annotations}`;

function checkAlert(test: AlertTest, runners: readonly RuleGroupRunner[]): string[] {
  const show = (labels: Labels, annotations: Readonly<Record<string, string>>): Shown => ({
    labels: labelsToString(labels),
    annotations: labelsToString(Labels.from(annotations)),
  });
  const list = (alerts: readonly Shown[]): string[] => alerts.map(shownText).sort();
  const want = list(test.expected.map(({ labels, annotations }) => show(Labels.from(labels), annotations)));
  const firing = runners.flatMap((runner) => runner.firing(test.alertname));
  const got = list(firing.map(({ labels, annotations }) => show(labels, annotations)));
  if (want.length === got.length && want.every((text, i) => text === got[i])) return [];
  const head = `    alertname: ${test.alertname}, time: ${formatDuration(test.evalTime)}, `;
  return [`${head}\n        exp:${listText(want)}, \n        got:${listText(got)}`];
}

function listText(items: readonly string[]): string {
  if (items.length === 0) return '[]';
  return `[\n${items.map((item, i) => `            ${i}:\n              ${item}`).join('\n')}\n            ]`;
}

async function checkExpr(
  test: ExprTest,
  { start }: RuleTest,
  { fuzzy }: RuleTestFile,
  context: RuleContext,
): Promise<string[]> {
  const head = `    expr: ${JSON.stringify(test.expr)}, time: ${formatDuration(test.evalTime)},`;
  const at = start + test.evalTime;
  let got: readonly (readonly [string, PointValue])[];
  try {
    const { value } = await context.engine.query(context.storage, { text: test.expr, start: at, end: at, step: 0 });
    if (value.type === 'scalar') got = [['{}', value.value]];
    else if (value.type === 'vector')
      got = value.series.map(({ labels, points }) => [labelsToString(labels), points[0].value]);
    else return [`${head} err: rule result is not a vector or scalar`];
  } catch (error) {
    return [`${head} err: ${error instanceof Error ? error.message : String(error)}`];
  }
  const byLabels = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : 1);
  const want = test.expected
    .map(({ labels, value }) => [labelsToString(Labels.from(labels)), value] as const)
    .sort(byLabels);
  const found = [...got].sort(byLabels);
  const same =
    want.length === found.length &&
    want.every(([labels, value], i) => labels === found[i][0] && equal(value, found[i][1], fuzzy));
  if (same) return [];
  const text = (list: readonly (readonly [string, SeriesValue])[]): string =>
    list.length === 0 ? 'nil' : list.map(([labels, value]) => `${labels} ${valueText(value)}`).join('\n             ');
  return [`${head}\n        exp: ${text(want)}\n        got: ${text(found)}`];
}

function valueText(value: SeriesValue): string {
  if (typeof value === 'number')
    return formatFloatExponent(value).toUpperCase().replace('NAN', 'NaN').replace('INF', 'Inf');
  return typeof value === 'string' ? value : histogramNotation(value);
}

function equal(want: SeriesValue, got: PointValue, fuzzy: boolean): boolean {
  if (typeof want !== 'number' || typeof got !== 'number') return valueText(want) === valueText(got);
  if (want === got || (Number.isNaN(want) && Number.isNaN(got))) return true;
  return fuzzy && (nextAfter(want, 1) === got || nextAfter(want, -1) === got);
}

/** The float next to `x` in the direction of `sign`. */
function nextAfter(x: number, sign: 1 | -1): number {
  if (!Number.isFinite(x)) return x;
  if (x === 0) return sign * Number.MIN_VALUE;
  const words = new BigInt64Array(1);
  const float = new Float64Array(words.buffer);
  float[0] = x;
  words[0] += x > 0 === sign > 0 ? 1n : -1n;
  return float[0];
}
