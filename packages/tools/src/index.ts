export * from './generate/index.ts';
export { runRulesCheck } from './rules/rules-check.ts';
