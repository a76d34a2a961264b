import { Labels } from '@tsanos/model';
import { printExpr } from '../printer/print.ts';
import { atEverywhere } from './at-everywhere.ts';
import { type Mismatch, checkAnnotations, checkValue, expectationText, meets } from './check-answer.ts';
import { nativeFromClassic } from './classic-to-native.ts';
import type { ScriptAnswer, ScriptEngine, ScriptQuery, ScriptValue } from './engine.ts';
import { MemoryStorage } from './memory-storage.ts';
import { type EvalCommand, type LoadCommand, type ScriptCommand, ScriptError } from './script.ts';
import { parseScript } from './script-parser.ts';

/** One thing that a script expected and did not get. */
export interface ScriptFailure {
  readonly file: string;
  readonly line: number;
  /** The query as run, which may be a variant of the line's. */
  readonly query: string;
  readonly expected: string;
  readonly got: string;
}

export interface ScriptReport {
  /** Evals of the file. */
  readonly evals: number;
  /** Evals of which every variant gave what was expected. */
  readonly passed: number;
  readonly failures: readonly ScriptFailure[];
}

/**
 * Runs a script of Prometheus' test language against an engine. Every instant eval is also run with `@` everywhere at other
 * times, and each of these within a range query, as Prometheus' own runner does. Goes on after failures; only the first
 * failing variant of an eval is reported. A script that cannot be read is one failure.
 */
export async function runScript(file: string, text: string, engine: ScriptEngine): Promise<ScriptReport> {
  let commands: readonly ScriptCommand[];
  try {
    commands = parseScript(text);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const failure = { file, line: error.line, query: '', expected: 'a readable script', got: error.message };
    return { evals: 0, passed: 0, failures: [failure] };
  }
  const storage = new MemoryStorage();
  const failures: ScriptFailure[] = [];
  let evals = 0;
  for (const command of commands) {
    if (command.kind === 'clear') storage.clear();
    else if (command.kind === 'load') load(command, storage);
    else {
      evals++;
      const failure = await runEval(command, storage, engine);
      if (failure !== undefined) failures.push({ file, line: command.line, ...failure });
    }
  }
  return { evals, passed: evals - failures.length, failures };
}

function load({ series, stepMs, withNhcb }: LoadCommand, storage: MemoryStorage): void {
  for (const { labels, values, startOffsets } of series) {
    const set = Labels.from(labels);
    values.forEach((value, i) => {
      if (value === 'gap') return;
      const offset = startOffsets?.[i];
      storage.append(set, i * stepMs, value, offset === undefined ? 0 : i * stepMs + offset);
    });
  }
  if (!withNhcb) return;
  for (const { labels, histograms } of nativeFromClassic(series)) {
    for (const [i, histogram] of histograms) storage.append(labels, i * stepMs, histogram);
  }
}

type EvalFailure = Omit<ScriptFailure, 'file' | 'line'>;

async function runEval(
  command: EvalCommand,
  storage: MemoryStorage,
  engine: ScriptEngine,
): Promise<EvalFailure | undefined> {
  const { text, start, end, step } = command;
  const first = { text, start, end, step };
  if (step !== 0) return (await runQuery(command, first, storage, engine)).failure;
  for (const query of [first, ...variants(command)]) {
    const { failure, answer } = await runQuery(command, query, storage, engine);
    if (failure !== undefined) return failure;
    if (answer === undefined || !runsAsRange(command)) continue;
    const ranged = await runAsRange(command, query, storage, engine);
    if (ranged !== undefined) return ranged;
  }
  return undefined;
}

/** The same instant query with `@` everywhere, at other times. */
function variants({ expr, start }: EvalCommand): ScriptQuery[] {
  const fixed = atEverywhere(expr, start);
  if (fixed === undefined) return [];
  const text = printExpr(fixed);
  const times = start === 0 ? [-1000, 0, 1000] : [-10 * start, 0, Math.trunc(start / 5), start, 10 * start];
  return times.map((time) => ({ text, start: time, end: time, step: 0 }));
}

function runsAsRange({ text, expected }: EvalCommand): boolean {
  if (expected.ordered || expected.rangeVector !== undefined || expected.string !== undefined) return false;
  return !/(start|end|range|step)\(\)/.test(text);
}

interface Outcome {
  readonly failure?: EvalFailure;
  /** Absent when the query failed, as expected. */
  readonly answer?: ScriptAnswer;
}

async function runQuery(
  command: EvalCommand,
  query: ScriptQuery,
  storage: MemoryStorage,
  engine: ScriptEngine,
): Promise<Outcome> {
  const { expected } = command;
  const fail = (mismatch: Mismatch): Outcome => ({ failure: { query: describeQuery(query), ...mismatch } });
  let answer: ScriptAnswer;
  try {
    answer = await engine.query(storage, query);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    if (expected.fail === undefined) return fail({ expected: 'an answer', got: `error: ${got}` });
    if (meets(expected.fail, got)) return {};
    return fail({ expected: `error: ${expectationText(expected.fail)}`, got: `error: ${got}` });
  }
  if (expected.fail !== undefined) {
    return fail({ expected: `error: ${expectationText(expected.fail)}`, got: 'an answer' });
  }
  const mismatch = checkAnnotations(command, answer) ?? checkValue({ ...command, start: query.start }, answer.value);
  return mismatch === undefined ? { answer } : fail(mismatch);
}

const MINUTE = 60_000;

/** Runs an instant query as the middle step of a range query; only its value is compared. */
async function runAsRange(
  command: EvalCommand,
  instant: ScriptQuery,
  storage: MemoryStorage,
  engine: ScriptEngine,
): Promise<EvalFailure | undefined> {
  const time = instant.start;
  const query = { text: instant.text, start: time - MINUTE, end: time + MINUTE, step: MINUTE };
  try {
    const { value } = await engine.query(storage, query);
    const mismatch = checkValue({ ...command, start: time }, valueAt(command, value, time));
    return mismatch && { query: describeQuery(query), ...mismatch };
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { query: describeQuery(query), expected: 'an answer', got: `error: ${got}` };
  }
}

/** What a range query says of one time, in the form of an instant query. */
function valueAt({ expected }: EvalCommand, value: ScriptValue, time: number): ScriptValue {
  if (value.type !== 'matrix') return value;
  const series = value.series.flatMap(({ labels, points }) => {
    const point = points.find(({ t }) => t === time);
    return point === undefined ? [] : [{ labels, points: [point] }];
  });
  const single = series.length === 1 && series[0].labels.size === 0 ? series[0].points[0].value : undefined;
  if (expected.scalar !== undefined && typeof single === 'number') return { type: 'scalar', value: single };
  return { type: 'vector', series };
}

function describeQuery({ text, start, end, step }: ScriptQuery): string {
  return step === 0
    ? `${text} at ${start / 1000}`
    : `${text} from ${start / 1000} to ${end / 1000} step ${step / 1000}`;
}
