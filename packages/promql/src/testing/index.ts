export { GoldenReport, compareAnswer, goldenQueries, type GoldenProfile, type GoldenQuery } from './golden-queries.ts';
