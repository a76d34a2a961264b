import { formatFloatG, quote } from '@tsanos/model';

/** Texts of annotations, without prefix and position. */

export function mixedFloatsHistograms(name: string): string {
  return `encountered a mix of histograms and floats for metric name ${quote(name)}`;
}

export const MIXED_AGGREGATION = 'encountered a mix of histograms and floats for aggregation';

export function mixedSchemas(name: string): string {
  return `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(name)}`;
}

export function notCounter(name: string): string {
  return `this native histogram metric is not a counter: ${quote(name)}`;
}

export function notGauge(name: string): string {
  return `this native histogram metric is not a gauge: ${quote(name)}`;
}

export function possiblyNotCounter(name: string): string {
  return `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`;
}

export function possiblyNotCounterType(name: string, type: string): string {
  return `metric might not be a counter, __type__ label is not set to "counter" or "histogram", got ${quote(type)}: ${quote(name)}`;
}

export function ignoredInRange(name: string): string {
  return `ignored histograms in a range containing both floats and histograms for metric name ${quote(name)}`;
}

export function ignoredInAggregation(op: string): string {
  return `ignored histogram in ${op} aggregation`;
}

export function invalidQuantile(phi: number): string {
  return `quantile value should be between 0 and 1, got ${formatFloatG(phi)}`;
}

export function invalidRatio(ratio: number, capped: number): string {
  return `ratio value should be between -1 and 1, got ${formatFloatG(ratio)}, capping to ${formatFloatG(capped)}`;
}

export function badBucketLabel(value: string, name: string): string {
  return `bucket label "le" is missing or has a malformed value of ${quote(value)}${forMetric(name)}`;
}

export function mixedClassicNative(name: string): string {
  return `vector contains a mix of classic and native histograms${forMetric(name)}`;
}

/** The part that names a metric where its name is still there. */
export function forMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quote(name)}`;
}

export function incompatibleBuckets(op: string): string {
  return `incompatible bucket layout encountered for binary operator ${op}`;
}

export function incompatibleTypes(op: string, left: string, right: string): string {
  return `incompatible sample types encountered for binary operator ${quote(op)}: ${left} ${op} ${right}`;
}

/** What a histogram operation is called in messages. */
export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

export function resetCollision(operation: HistogramOperation): string {
  return `conflicting counter resets during histogram ${operation}`;
}

export function reconciledBuckets(operation: HistogramOperation): string {
  return `mismatched custom buckets were reconciled during ${operation}`;
}

export const SORT_IN_RANGE = 'sort is ineffective for range queries since results are always ordered by labels';

export function overlappingStart(name: string): string {
  return `sample has start time that overlaps with previous sample timestamp for metric ${quote(name)}`;
}

export function nanObservations(func: string, name: string, effect: 'NaN' | 'skewed higher'): string {
  return `input to ${func} has NaN observations, result is ${effect}${forMetric(name)}`;
}

export function nanObservationsFraction(name: string): string {
  return `input to histogram_fraction has NaN observations, which are excluded from all fractions${forMetric(name)}`;
}
