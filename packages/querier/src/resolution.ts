import { parseDurationText, type Params } from './api/params.ts';
import { formatDuration } from '@tsanos/model';
import { ApiError } from './api/api-error.ts';

/** Resolutions blocks come in, ms. */
export const RESOLUTIONS_MS: readonly number[] = [0, 300_000, 3_600_000];

/**
 * `max_source_resolution` in ms: an explicit value wins; `auto`, or `autoDownsampling` with the parameter absent, gives a fifth
 * of the step for range queries (`autoMs`) and the flag's default for instant ones.
 */
export function maxSourceResolution(params: Params, autoDownsampling: boolean, autoMs: number): number {
  const text = params.get('max_source_resolution');
  if (choosesResolution(params, autoDownsampling)) return autoMs;
  if (text === '') return 0;
  let ms: number;
  try {
    ms = parseDurationText(text);
  } catch (error) {
    throw new ApiError('bad_data', `'max_source_resolution' parameter: ${(error as Error).message}`);
  }
  if (ms < 0) {
    throw new ApiError(
      'bad_data',
      `'max_source_resolution' parameter: negative 'max_source_resolution' is not accepted. Try a positive integer`,
    );
  }
  return ms;
}

/** Whether the resolution is for us to choose. */
export function choosesResolution(params: Params, autoDownsampling: boolean): boolean {
  const text = params.get('max_source_resolution');
  return text === 'auto' || (text === '' && autoDownsampling);
}

/** What an answer says that has downsampled data nobody asked for by name. */
export function resolutionNote(maxResolutionMs: number): string {
  const largest = RESOLUTIONS_MS.findLast((resolution) => resolution <= maxResolutionMs) ?? 0;
  const name = formatDuration(largest);
  return `downsampled data was used, of a resolution of up to ${name}: max_source_resolution=0s asks for raw data`;
}

/**
 * The lookback of a query over data of up to `maxResolutionMs`: it grows with the resolution, so that a downsampled series
 * is not a row of gaps (Thanos' dynamic lookback delta).
 */
export function dynamicLookback(lookbackMs: number, maxResolutionMs: number, dynamic: boolean): number {
  if (!dynamic) return lookbackMs;
  const levels = RESOLUTIONS_MS.map((resolution) => Math.max(lookbackMs, resolution));
  for (let i = levels.length - 1; i >= 1; i--) if (maxResolutionMs > levels[i - 1]) return levels[i];
  return levels[0];
}

const WINDOWED = new Set([
  'rate',
  'irate',
  'increase',
  'delta',
  'idelta',
  'deriv',
  'predict_linear',
  'holt_winters',
  'double_exponential_smoothing',
]);

/** The largest resolution one selector accepts: functions that need several samples a window get at least two. */
export function selectorResolution(maxResolutionMs: number, func: string, rangeMs: number): number {
  return rangeMs > 0 && WINDOWED.has(func) ? Math.min(maxResolutionMs, Math.trunc(rangeMs / 2)) : maxResolutionMs;
}
