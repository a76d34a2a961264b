import { goSort } from './go-sort.ts';
import type { FloatSamples, Grid, RowTarget } from './grid.ts';

/** The φ-quantile of `n` values sorted ascending with `nans` NaN before them (all counted in `n`), interpolated. */
export function quantileOfSorted(phi: number, sorted: Float64Array, n: number): number {
  if (n === 0 || phi !== phi) return Number.NaN;
  if (phi < 0) return -Infinity;
  if (phi > 1) return Infinity;
  const rank = phi * (n - 1);
  const floor = Math.floor(rank);
  const lower = Math.max(0, floor);
  const upper = Math.min(n - 1, lower + 1);
  const weight = rank - floor;
  return sorted[lower] * (1 - weight) + sorted[upper] * weight;
}

/** Sorts ascending in place, NaN first. */
export function sortNanFirst(values: Float64Array): Float64Array {
  // Typed arrays sort NaN to the end.
  values.sort();
  let nans = 0;
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans])) nans++;
  if (nans > 0) {
    values.copyWithin(nans, 0, values.length - nans);
    values.fill(Number.NaN, 0, nans);
  }
  return values;
}

let buffer: Float64Array = new Float64Array(512);

/** The φ-quantile of values in any order, which are sorted in place. */
export function quantileOf(phi: number, values: Float64Array): number {
  const mixedZeros = hasMinusZero(values) ? values.slice() : undefined;
  const quantile = quantileOfSorted(phi, sortNanFirst(values), values.length);
  return quantile === 0 && mixedZeros !== undefined ? quantileByGoSort(phi, mixedZeros) : quantile;
}

function hasMinusZero(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (Object.is(values[i], -0)) return true;
  return false;
}

/** Where zeros of both signs meet, which one is picked depends on the order in which Go's sort leaves equal values. */
function quantileByGoSort(phi: number, values: Float64Array): number {
  const sorted = Array.from(values);
  goSort(sorted, (a, b) => a !== a || a < b);
  return quantileOfSorted(phi, Float64Array.from(sorted), sorted.length);
}

/** The φ-quantile of a window. */
export function quantileWindow(phi: number, { v }: FloatSamples, from: number, to: number): number {
  return quantileOf(phi, v.slice(from, to));
}

/** `quantile_over_time` for all windows with one φ a step: the window is kept sorted, NaN are counted apart. */
export function quantileOverTime(phis: Float64Array, samples: FloatSamples, grid: Grid, target: RowTarget): void {
  const { t, v, n } = samples;
  const { values, present, base } = target;
  let size = 0;
  let nans = 0;
  let minusZeros = 0;
  let from = 0;
  let to = 0;
  for (let i = 0; i < grid.steps; i++) {
    const end = grid.first + i * grid.stride;
    const start = end - grid.range;
    for (; from < to && t[from] <= start; from++) {
      const x = v[from];
      if (x !== x) nans--;
      else {
        if (Object.is(x, -0)) minusZeros--;
        const at = lowerBound(buffer, size, x);
        buffer.copyWithin(at, at + 1, size);
        size--;
      }
    }
    for (; to < n && t[to] <= end; to++) {
      if (t[to] <= start) {
        from = to + 1;
        continue;
      }
      const x = v[to];
      if (x !== x) nans++;
      else {
        if (Object.is(x, -0)) minusZeros++;
        if (size === buffer.length) buffer = grow(buffer);
        const at = lowerBound(buffer, size, x);
        buffer.copyWithin(at + 1, at, size);
        buffer[at] = x;
        size++;
      }
    }
    if (size + nans === 0) continue;
    const quantile = withNans(phis[i], size, nans);
    values[base + i] = quantile === 0 && minusZeros > 0 ? quantileByGoSort(phis[i], v.slice(from, to)) : quantile;
    present[base + i] = 1;
  }
}

function withNans(phi: number, size: number, nans: number): number {
  if (nans === 0) return quantileOfSorted(phi, buffer, size);
  if (phi !== phi) return Number.NaN;
  if (phi < 0) return -Infinity;
  if (phi > 1) return Infinity;
  const n = size + nans;
  const rank = phi * (n - 1);
  const floor = Math.floor(rank);
  const upper = Math.min(n - 1, floor + 1);
  const weight = rank - floor;
  const low = floor < nans ? Number.NaN : buffer[floor - nans];
  const high = upper < nans ? Number.NaN : buffer[upper - nans];
  return low * (1 - weight) + high * weight;
}

/** First index whose value is not below `x`; minus zero is below zero, as in the order of typed arrays. */
function lowerBound(sorted: Float64Array, size: number, x: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const y = sorted[middle];
    if (y < x || (x === 0 && y === 0 && 1 / y < 1 / x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function grow(from: Float64Array): Float64Array {
  const to = new Float64Array(from.length * 2);
  to.set(from);
  return to;
}
