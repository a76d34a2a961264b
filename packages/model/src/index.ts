export { SampleColumns, STALE_HI, STALE_LO, isStaleAt } from './columns.ts';
export type { CounterResetHint, FloatHistogram, Histogram, Span } from './histogram.ts';
export { Labels, compareLabels, compareUtf8, type Label } from './labels.ts';
export type { Matcher, MatchType } from './matcher.ts';
