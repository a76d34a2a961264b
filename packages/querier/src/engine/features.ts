import type { EngineFeatures } from '@tsanos/promql';

/** Prometheus' feature names and what they switch on. */
const FEATURES: Readonly<Record<string, keyof EngineFeatures>> = {
  'promql-experimental-functions': 'experimentalFunctions',
  'promql-extended-range-selectors': 'extendedRangeSelectors',
  'promql-binop-fill-modifiers': 'fillModifiers',
  'promql-duration-expr': 'durationExpressions',
  'promql-delayed-name-removal': 'delayedNameRemoval',
  'type-and-unit-labels': 'typeAndUnitLabels',
  'use-start-timestamps': 'startTimestamps',
  'promql-per-step-stats': 'perStepStats',
};

/** The features of `--enable-feature`; names that mean nothing here (old ones that are always on) switch nothing. */
export function engineFeatures(names: readonly string[]): Partial<EngineFeatures> {
  const on: { -readonly [K in keyof EngineFeatures]?: boolean } = {};
  for (const name of names) if (Object.hasOwn(FEATURES, name)) on[FEATURES[name]] = true;
  return on;
}
