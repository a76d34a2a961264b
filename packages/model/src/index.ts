export { SampleColumns, STALE_HI, STALE_LO, isStaleAt } from './columns.ts';
export { createMatcher } from './create-matcher.ts';
export { formatDuration, formatGoDuration, parseDuration, parseGoDuration, parseSignedDuration } from './duration.ts';
export { frexp, frexpExponent, goLog, goLog2, ldexp } from './go-log.ts';
export {
  INCOMPATIBLE_SCHEMAS,
  addHistograms,
  compensated,
  emptyHistogram,
  kahanAddHistogram,
  mapCompensated,
  settle,
  subHistograms,
  type CompensatedHistogram,
  type HistogramRest,
  type HistogramSum,
} from './histogram-add.ts';
export {
  CUSTOM_SCHEMA,
  MAX_SCHEMA,
  MIN_SCHEMA,
  bucketBound,
  commonBounds,
  copyHistogram,
  exponentialBound,
  sameBounds,
  targetIndex,
  usesCustomBuckets,
} from './histogram-bounds.ts';
export { toFloatHistogram } from './histogram-convert.ts';
export { equalHistograms, equalSpans } from './histogram-equal.ts';
export { BucketList } from './histogram-list.ts';
export { detectReset } from './histogram-reset.ts';
export { compactHistogram, divHistogram, hasOverflow, mulHistogram, reduceResolution } from './histogram-scale.ts';
export { histogramToJson, histogramToString } from './histogram-text.ts';
export { fractionBelow, trimHistogram, type TrimSide } from './histogram-trim.ts';
export { validateFloatHistogram, validateHistogram } from './histogram-validate.ts';
export type { CounterResetHint, FloatHistogram, Histogram, Span } from './histogram.ts';
export { LabelCursor, compareLabelBytes, decodeLabels, encodeLabels, labelBytesValue } from './label-bytes.ts';
export { hashLabels } from './label-hash.ts';
export { isLegacyLabelName, labelsToString, quote } from './label-text.ts';
export { Labels, compareLabels, compareUtf8, type Label } from './labels.ts';
export type { Matcher, MatchType } from './matcher.ts';
export { escapeName, isLabelName, isLegacyMetricName, isUtf8Name, unescapeName, type EscapingScheme } from './names.ts';
export {
  formatFloat,
  formatFloatExponent,
  formatFloatFixed,
  formatFloatG,
  formatFloatPlain,
  formatTimestamp,
  parseFloatGo,
} from './number-text.ts';
export { kahanInc, kahanRest } from './kahan.ts';
export { createExpandRegex, expandTemplate, type ExpandRegex } from './regex-expand.ts';
export {
  createRelabelConfig,
  relabel,
  type NameValidation,
  type RelabelAction,
  type RelabelConfig,
  type RelabelRule,
} from './relabel.ts';
