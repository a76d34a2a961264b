import type { FloatHistogram } from '@tsanos/model';
import type { OperatorAnalysis } from './analysis.ts';

/** A series of a matrix. Where `present` is 1 a float stands at `times[i]`, where it is 2 a histogram, where it is 0 nothing. */
export interface MatrixSeries {
  /** Protobuf label bytes, sorted by name. */
  readonly labels: Uint8Array;
  /** ms; one array is shared by all series of a range query. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly histograms: readonly (FloatHistogram | undefined)[] | undefined;
}

/** An element of an instant vector. */
export interface VectorElement {
  readonly labels: Uint8Array;
  readonly value: number;
  /** Instead of the value. */
  readonly histogram: FloatHistogram | undefined;
}

/** Samples read, as the API's `stats`. */
export interface QuerySampleStats {
  readonly totalQueryableSamples: number;
  /** Of storage; what several windows share counts once. */
  readonly samplesRead: number;
  readonly peakSamples: number;
  /** By step of the query, where asked for. */
  readonly totalQueryableSamplesPerStep: Float64Array | undefined;
}

/** The value of a query: of a range query a matrix in label order, of an instant query whatever its type is. */
export type QueryValue =
  | { readonly type: 'matrix'; readonly series: readonly MatrixSeries[] }
  | { readonly type: 'vector'; readonly timeMs: number; readonly elements: readonly VectorElement[] }
  | { readonly type: 'scalar'; readonly timeMs: number; readonly value: number }
  | { readonly type: 'string'; readonly timeMs: number; readonly value: string };

/** An answer. Warnings and infos are as the API shows them, ten of each at most and how many more. */
export interface QueryResult {
  readonly value: QueryValue;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly stats: QuerySampleStats;
  /** The operators that ran, where asked for. */
  readonly analysis?: OperatorAnalysis | undefined;
}
