export { CoverageTable, queryFeatures } from './coverage.ts';
export { engineAnswer, isEngineQuery } from './golden-answer.ts';
export { GoldenReport, compareAnswer, goldenQueries, type GoldenProfile, type GoldenQuery } from './golden-queries.ts';
export { Random, mutateText, randomQueryText } from './random-text.ts';
