import type { FloatHistogram, Labels } from '@tsanos/model';
import type { Queryable } from '../queryable.ts';

export type PointValue = number | FloatHistogram;

export interface ResultPoint {
  readonly t: number;
  readonly value: PointValue;
}

export interface ResultSeries {
  readonly labels: Labels;
  readonly points: readonly ResultPoint[];
}

/** The value of a query as scripts look at it. */
export type ScriptValue =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  /** One point a series, in the order of the answer. */
  | { readonly type: 'vector'; readonly series: readonly ResultSeries[] }
  | { readonly type: 'matrix'; readonly series: readonly ResultSeries[] };

export interface ScriptAnswer {
  readonly value: ScriptValue;
  /** With prefix and position, as Prometheus renders them. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

/** One query: `step` is 0 for an instant query, and `end` equals `start` then. Times in ms. */
export interface ScriptQuery {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/**
 * What a script runner needs of an engine, which runs with every experimental feature on, delayed name removal and start
 * timestamps, a look-back of 5 minutes and a default step of 1 minute. `query` rejects with the full error text.
 */
export interface ScriptEngine {
  query(queryable: Queryable, query: ScriptQuery): Promise<ScriptAnswer>;
}
