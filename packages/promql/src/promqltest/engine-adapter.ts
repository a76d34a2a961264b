import { TsanosError } from '@tsanos/bytes';
import { Labels, decodeLabels } from '@tsanos/model';
import type { CallContext } from '@tsanos/series';
import { Engine, type EngineOptions } from '../engine.ts';
import { ALL_FEATURES } from '../parser/features.ts';
import type { MatrixSeries, QueryResult, QueryValue, VectorElement } from '../execution/result.ts';
import type { ResultPoint, ResultSeries, ScriptEngine, ScriptValue } from './engine.ts';

/** A call context for one local query: nothing limits or cancels it; warnings go to `warnings`. */
export function localContext(warnings: string[] = []): CallContext {
  const { signal } = new AbortController();
  return {
    cancel: { signal, cancelled: false, throwIfCancelled: () => {} },
    budget: { takeBytes: () => {}, giveBytes: () => {} },
    tenant: 'default-tenant',
    warn: (text) => void warnings.push(text),
  };
}

/** How Prometheus' own test scripts are run. */
const SCRIPT_OPTIONS: EngineOptions = {
  features: { ...ALL_FEATURES, delayedNameRemoval: true, startTimestamps: true },
  maxSamples: 10_000,
  timeoutMs: 100_000,
};

/** The engine as scripts and rule tests see it; by default as Prometheus runs its own scripts. */
export function scriptEngine(engine = new Engine(SCRIPT_OPTIONS)): ScriptEngine {
  return {
    async query(queryable, { text, start, end, step }) {
      const notes: string[] = [];
      const ctx = localContext(notes);
      const request = { queryable, query: text };
      const result =
        step === 0
          ? await engine.instant({ ...request, timeMs: start }, ctx)
          : await engine.range({ ...request, startMs: start, endMs: end, stepMs: step }, ctx);
      return { value: scriptValue(result.value), ...annotations(result, notes) };
    },
  };
}

function annotations(
  { warnings, infos }: QueryResult,
  notes: readonly string[],
): { warnings: string[]; infos: readonly string[] } {
  return { warnings: [...notes, ...warnings], infos };
}

function scriptValue(value: QueryValue): ScriptValue {
  switch (value.type) {
    case 'scalar':
    case 'string':
      return value;
    case 'vector':
      return { type: 'vector', series: value.elements.map((element) => vectorSeries(element, value.timeMs)) };
    case 'matrix':
      return { type: 'matrix', series: value.series.map(matrixSeries) };
  }
}

function vectorSeries({ labels, value, histogram }: VectorElement, t: number): ResultSeries {
  return { labels: labelsOf(labels), points: [{ t, value: histogram ?? value }] };
}

function matrixSeries({ labels, times, values, present, histograms }: MatrixSeries): ResultSeries {
  const points: ResultPoint[] = [];
  for (let i = 0; i < present.length; i++) {
    if (present[i] === 0) continue;
    const value = present[i] === 1 ? values[i] : histograms?.[i];
    if (value === undefined)
      throw new TsanosError('internal', 'promql-result', `the histogram of point ${i} is missing`);
    points.push({ t: times[i], value });
  }
  return { labels: labelsOf(labels), points };
}

const labelsOf = (bytes: Uint8Array): Labels => (bytes.length === 0 ? Labels.EMPTY : decodeLabels(bytes));
