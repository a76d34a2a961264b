export * from './generate/index.ts';
export { runRulesCheck } from './rules/rules-check.ts';
export { runPromqlTest } from './promql-test/promql-test.ts';
export { runRulesTest } from './rules/rules-test.ts';
