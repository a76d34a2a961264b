import { Labels, compareLabels, formatFloatG, labelsToString } from '@tsanos/model';
import type { SeriesDescription, SeriesValue } from '../parser/series-description.ts';
import { goQuote } from '../printer/go-quote.ts';
import { histogramNotation } from '../printer/histogram-notation.ts';
import type { PointValue, ResultPoint, ResultSeries, ScriptAnswer, ScriptValue } from './engine.ts';
import { almostEqual, pointsEqual } from './equality.ts';
import type { EvalCommand, Expectations, TextExpectation } from './script.ts';

/** Why an answer is not what was expected. */
export interface Mismatch {
  readonly expected: string;
  readonly got: string;
}

/** Compares the value of an eval with what its lines say; undefined when it agrees. */
export function checkValue(command: EvalCommand, value: ScriptValue): Mismatch | undefined {
  const { expected } = command;
  switch (value.type) {
    case 'scalar':
      return checkScalar(expected, value.value);
    case 'string':
      if (expected.string === value.value) return undefined;
      return {
        expected: expected.string === undefined ? 'no string' : goQuote(expected.string),
        got: goQuote(value.value),
      };
    case 'vector':
      if (command.step !== 0 || expected.rangeVector !== undefined) return { expected: 'a matrix', got: 'a vector' };
      return checkVector(command, value.series);
    case 'matrix': {
      const grid = expected.rangeVector ?? command;
      if (grid.step === 0) return { expected: 'a vector', got: 'a matrix' };
      return checkMatrix(expected, value.series, grid);
    }
  }
}

function checkScalar(expected: Expectations, got: number): Mismatch | undefined {
  if (expected.scalar === undefined) return { expected: 'no scalar', got: `scalar ${formatFloatG(got)}` };
  if (almostEqual(expected.scalar, got)) return undefined;
  return { expected: `scalar ${formatFloatG(expected.scalar)}`, got: `scalar ${formatFloatG(got)}` };
}

function checkVector({ expected, start }: EvalCommand, series: readonly ResultSeries[]): Mismatch | undefined {
  const wanted = expected.series.map(({ description }) => ({
    labels: Labels.from(description.labels),
    value: description.values[0],
  }));
  const left = new Map(wanted.map(({ labels }, i) => [labelsToString(labels), i]));
  for (const [i, { labels, points }] of series.entries()) {
    const name = labelsToString(labels);
    const index = left.get(name);
    const got = `${name} ${points.map((point) => valueText(point.value)).join(' ')}`;
    if (index === undefined) return { expected: `no series ${name}`, got };
    left.delete(name);
    const want = wanted[index].value;
    const line = `${name} ${describe(want)}`;
    if (expected.ordered && index !== i)
      return { expected: `${line} at position ${index + 1}`, got: `it at position ${i + 1}` };
    if (points.length !== 1 || points[0].t !== start)
      return { expected: `one point at ${start}`, got: pointsText(points) };
    if (typeof want === 'string' || !pointsEqual(want, points[0].value)) return { expected: line, got };
  }
  for (const [name, i] of left) return { expected: `${name} ${describe(wanted[i].value)}`, got: 'no such series' };
  return undefined;
}

interface Grid {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function checkMatrix(expected: Expectations, series: readonly ResultSeries[], grid: Grid): Mismatch | undefined {
  const left = new Map<string, SeriesDescription>();
  for (const { description } of expected.series) left.set(labelsToString(Labels.from(description.labels)), description);
  for (const [i, { labels, points }] of series.entries()) {
    const name = labelsToString(labels);
    if (i > 0 && compareLabels(series[i - 1].labels, labels) >= 0) {
      return { expected: 'series sorted by labels', got: `${name} behind ${labelsToString(series[i - 1].labels)}` };
    }
    const description = left.get(name);
    if (description === undefined) return { expected: `no series ${name}`, got: `${name} ${pointsText(points)}` };
    left.delete(name);
    const wanted = expectedPoints(description.values, grid);
    if (wanted === undefined)
      return { expected: `at most ${steps(grid)} values of ${name}`, got: `${description.values.length}` };
    if (!samePoints(wanted, points)) {
      return { expected: `${name} ${pointsText(wanted)}`, got: `${name} ${pointsText(points)}` };
    }
  }
  for (const [name, { values }] of left)
    return { expected: `${name} ${values.map(describe).join(' ')}`, got: 'no such series' };
  return undefined;
}

const steps = ({ start, end, step }: Grid): number => Math.floor((end - start) / step) + 1;

function expectedPoints(values: readonly SeriesValue[], grid: Grid): ResultPoint[] | undefined {
  if (values.length > steps(grid)) return undefined;
  return values.flatMap((value, i) => (typeof value === 'string' ? [] : [{ t: grid.start + i * grid.step, value }]));
}

function samePoints(want: readonly ResultPoint[], got: readonly ResultPoint[]): boolean {
  return (
    want.length === got.length && want.every(({ t, value }, i) => got[i].t === t && pointsEqual(value, got[i].value))
  );
}

function describe(value: SeriesValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value === 'gap' ? '_' : value;
  return valueText(value);
}

function valueText(value: PointValue): string {
  return typeof value === 'number' ? formatFloatG(value) : histogramNotation(value);
}

function pointsText(points: readonly ResultPoint[]): string {
  return points.map(({ t, value }) => `${valueText(value)}@${t}`).join(' ');
}

/** Compares the warnings and infos of an answer with what an eval's lines say. */
export function checkAnnotations({ expected }: EvalCommand, { warnings, infos }: ScriptAnswer): Mismatch | undefined {
  return (
    checkTexts('warn', expected.warn, expected.noWarn, warnings) ??
    checkTexts('info', expected.info, expected.noInfo, infos)
  );
}

function checkTexts(
  kind: string,
  wanted: readonly TextExpectation[],
  none: boolean,
  got: readonly string[],
): Mismatch | undefined {
  const found = got.length === 0 ? `no ${kind}` : got.join('\n');
  if (none && got.length > 0) return { expected: `no ${kind}`, got: found };
  if (wanted.length === 0) return undefined;
  const unmet = wanted.find((expectation) => !got.some((text) => meets(expectation, text)));
  if (unmet !== undefined) return { expected: `${kind} ${expectationText(unmet)}`, got: found };
  const extra = got.find((text) => !wanted.some((expectation) => meets(expectation, text)));
  return extra === undefined
    ? undefined
    : { expected: `${kind} ${wanted.map(expectationText).join(' | ')}`, got: extra };
}

/** Whether a text is what was expected. */
export function meets(expectation: TextExpectation, text: string): boolean {
  switch (expectation.kind) {
    case 'any':
      return true;
    case 'text':
      return text === expectation.text;
    case 'regex':
      return expectation.matches(text);
  }
}

/** An expectation of a text for messages. */
export function expectationText(expectation: TextExpectation): string {
  switch (expectation.kind) {
    case 'any':
      return '(any)';
    case 'text':
      return expectation.text;
    case 'regex':
      return `/${expectation.source}/`;
  }
}
