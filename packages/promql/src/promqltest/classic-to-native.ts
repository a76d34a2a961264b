import { type FloatHistogram, Labels, parseFloatGo } from '@tsanos/model';
import type { LoadedSeries } from './script.ts';

interface Point {
  readonly buckets: Map<number, number>;
  count: number | undefined;
  sum: number;
}

/** One native histogram with custom buckets, by number of its value in the load. */
export interface NativeSeries {
  readonly labels: Labels;
  readonly histograms: ReadonlyMap<number, FloatHistogram>;
}

/** The native histograms with custom buckets that the classic ones of a `load_with_nhcb` amount to. */
export function nativeFromClassic(series: readonly LoadedSeries[]): NativeSeries[] {
  const groups = new Map<string, { labels: Labels; points: Map<number, Point> }>();
  for (const { labels, values } of series) {
    const part = classicPart(Labels.from(labels));
    if (part === undefined) continue;
    const key = JSON.stringify(part.base);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { labels: part.base, points: new Map() }));
    values.forEach((value, i) => {
      if (typeof value === 'number') addTo(pointOf(group.points, i), part, value);
    });
  }
  return [...groups.values()].map(({ labels, points }) => ({
    labels,
    histograms: new Map([...points].sort(([a], [b]) => a - b).map(([i, point]) => [i, histogramOf(point)])),
  }));
}

interface ClassicPart {
  readonly base: Labels;
  readonly kind: 'bucket' | 'count' | 'sum';
  readonly bound: number;
}

function classicPart(labels: Labels): ClassicPart | undefined {
  const match = /^(.*)_(bucket|count|sum)$/s.exec(labels.get('__name__'));
  if (match === null) return undefined;
  const kind = match[2] as ClassicPart['kind'];
  const bound = kind === 'bucket' ? boundOf(labels.get('le')) : 0;
  if (Number.isNaN(bound)) return undefined;
  const others = [...labels].filter(([name]) => name !== 'le' && name !== '__name__');
  return { base: Labels.from([['__name__', match[1]], ...others]), kind, bound };
}

function boundOf(text: string): number {
  if (text === '') return Number.NaN;
  return parseFloatGo(text) ?? Number.NaN;
}

function pointOf(points: Map<number, Point>, i: number): Point {
  let point = points.get(i);
  if (point === undefined) points.set(i, (point = { buckets: new Map(), count: undefined, sum: 0 }));
  return point;
}

function addTo(point: Point, { kind, bound }: ClassicPart, value: number): void {
  if (kind === 'bucket') point.buckets.set(bound, value);
  else if (kind === 'count') point.count = value;
  else point.sum = value;
}

function histogramOf({ buckets, count, sum }: Point): FloatHistogram {
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const last = bounds.length === 0 ? 0 : (buckets.get(bounds[bounds.length - 1]) ?? 0);
  const total = count ?? last;
  if (bounds[bounds.length - 1] !== Infinity) {
    bounds.push(Infinity);
    buckets.set(Infinity, total);
  }
  const counts = new Float64Array(bounds.length);
  bounds.forEach((bound, i) => {
    const below = i === 0 ? 0 : (buckets.get(bounds[i - 1]) ?? 0);
    counts[i] = (buckets.get(bound) ?? 0) - below;
  });
  return {
    counterResetHint: 'unknown',
    schema: -53,
    zeroThreshold: 0,
    zeroCount: 0,
    count: total,
    sum,
    positiveSpans: [{ offset: 0, length: counts.length }],
    negativeSpans: [],
    positiveBuckets: counts,
    negativeBuckets: new Float64Array(0),
    customValues: Float64Array.from(bounds.filter((bound) => bound !== Infinity)),
  };
}
