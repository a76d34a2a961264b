/** Which experimental syntax is on, under the names of Prometheus' features. */
export interface ParserFeatures {
  /** `promql-experimental-functions`. */
  readonly experimentalFunctions: boolean;
  /** `promql-extended-range-selectors`: anchored and smoothed. */
  readonly extendedRangeSelectors: boolean;
  /** `promql-binop-fill-modifiers`: fill, fill_left, fill_right. */
  readonly fillModifiers: boolean;
  /** Arithmetic in brackets and offsets; on in Prometheus since 3.14. */
  readonly durationExpressions: boolean;
}

/** What a server without `--enable-feature` understands. */
export const DEFAULT_FEATURES: ParserFeatures = {
  experimentalFunctions: false,
  extendedRangeSelectors: false,
  fillModifiers: false,
  durationExpressions: true,
};

/** Everything on. */
export const ALL_FEATURES: ParserFeatures = {
  experimentalFunctions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
  durationExpressions: true,
};
