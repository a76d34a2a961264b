import type { Expr } from '../parser/ast.ts';
import type { SeriesDescription } from '../parser/series-description.ts';

/** One series of a load: its values are `stepMs` apart from time zero, start timestamps are relative to the sample. */
export interface LoadedSeries extends SeriesDescription {
  /** By value: ms to add to the sample's time, undefined where unknown. */
  readonly startOffsets: readonly (number | undefined)[] | undefined;
}

export interface LoadCommand {
  readonly kind: 'load';
  readonly line: number;
  readonly stepMs: number;
  /** Classic histograms are loaded as native ones with custom buckets, too. */
  readonly withNhcb: boolean;
  readonly series: readonly LoadedSeries[];
}

export interface ClearCommand {
  readonly kind: 'clear';
  readonly line: number;
}

/** What a text must be, or match. */
export type TextExpectation =
  | { readonly kind: 'any' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly matches: (text: string) => boolean };

export interface Expectations {
  fail: TextExpectation | undefined;
  ordered: boolean;
  readonly warn: TextExpectation[];
  readonly info: TextExpectation[];
  noWarn: boolean;
  noInfo: boolean;
  string: string | undefined;
  scalar: number | undefined;
  /** The value of an instant query is a matrix with these times. */
  rangeVector: { readonly start: number; readonly end: number; readonly step: number } | undefined;
  readonly series: { readonly line: number; readonly description: SeriesDescription }[];
}

export interface EvalCommand {
  readonly kind: 'eval';
  readonly line: number;
  readonly text: string;
  readonly expr: Expr;
  readonly start: number;
  readonly end: number;
  /** 0 for an instant query. */
  readonly step: number;
  readonly expected: Expectations;
}

export type ScriptCommand = LoadCommand | ClearCommand | EvalCommand;

/** A script that cannot be read, with the line it concerns (from 1). */
export class ScriptError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'ScriptError';
    this.line = line;
  }
}
