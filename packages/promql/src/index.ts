export type { Queryable, SelectRequest, Selection } from './queryable.ts';
export type * from './parser/ast.ts';
export { valueType } from './parser/ast.ts';
export { ALL_FEATURES, DEFAULT_FEATURES, type ParserFeatures } from './parser/features.ts';
export { FUNCTIONS, type FunctionSignature } from './parser/functions.ts';
export { parse, parseMetricSelector } from './parser/parse.ts';
export { ParseError } from './parser/parse-error.ts';
export { byteOffset, lineColumn } from './parser/position.ts';
export { FLOAT_POINT, HISTOGRAM_POINT, JsonWriter } from './json/json-writer.ts';
export { goMath } from './math/index.ts';
export { prettyPrint } from './printer/pretty.ts';
export { printExpr } from './printer/print.ts';
export { treeJson } from './printer/tree-json.ts';
export { type PlanOptions, buildPlan } from './plan/build.ts';
export { describeNode, explainPlan } from './plan/explain.ts';
export type * from './plan/nodes.ts';
export { frameSteps, planValueType, unwrapInvariant } from './plan/nodes.ts';
export { type PlannerOptions, planQuery } from './plan/plan.ts';
export type { ShardKey } from './plan/shard-key.ts';
export {
  DEFAULT_ENGINE_FEATURES,
  Engine,
  queryErrorType,
  type EngineFeatures,
  type EngineOptions,
  type InstantRequest,
  type PlanRequest,
  type QueryRequest,
  type RangeRequest,
} from './engine.ts';
export type { OperatorAnalysis, OperatorTree } from './execution/analysis.ts';
export type * from './execution/result.ts';
export { type SeriesValue, parseMetric, parseSeriesDescription } from './parser/series-description.ts';
export { histogramNotation } from './printer/histogram-notation.ts';
export type * from './promqltest/engine.ts';
export { MemoryStorage } from './promqltest/memory-storage.ts';
export { localContext, scriptEngine } from './promqltest/engine-adapter.ts';
export { type ScriptFailure, type ScriptReport, runScript } from './promqltest/script-runner.ts';
