import { TsanosError } from '@tsanos/bytes';
import type { CallContext } from '@tsanos/series';
import { operatorTree, type OperatorTree } from './execution/analysis.ts';
import { vectorRows } from './execution/operators.ts';
import { Query, type Evaluator, type ExecutionFeatures } from './execution/query.ts';
import type { QueryResult } from './execution/result.ts';
import { runQuery } from './execution/run-query.ts';
import { evalScalar } from './execution/scalar.ts';
import { QueryStats } from './execution/stats.ts';
import { valueType, type Expr } from './parser/ast.ts';
import { DEFAULT_FEATURES, type ParserFeatures } from './parser/features.ts';
import { parse } from './parser/parse.ts';
import { frameSteps, type QueryPlan } from './plan/nodes.ts';
import { planQuery } from './plan/plan.ts';
import { shardKey, type ShardKey } from './plan/shard-key.ts';
import type { Queryable } from './queryable.ts';

/** Everything of Prometheus' feature names that changes queries. */
export type EngineFeatures = ParserFeatures & ExecutionFeatures & { readonly perStepStats: boolean };

/** A server without `--enable-feature`. */
export const DEFAULT_ENGINE_FEATURES: EngineFeatures = {
  ...DEFAULT_FEATURES,
  delayedNameRemoval: false,
  typeAndUnitLabels: false,
  startTimestamps: false,
  perStepStats: false,
};

export interface EngineOptions {
  readonly features?: Partial<EngineFeatures>;
  /** Window of instant selectors, ms; 5 minutes by default. */
  readonly lookbackMs?: number;
  /** Samples a query may hold; 50 million by default, 0 = no limit. */
  readonly maxSamples?: number;
  /** 2 minutes by default. */
  readonly timeoutMs?: number;
  /** Step of subqueries that name none, ms; 1 minute by default. */
  readonly defaultStepMs?: number;
  /** Queries at a time, others wait; 20 by default, 0 = no limit. */
  readonly maxConcurrency?: number;
}

/** What decides on a query's plan. */
export interface PlanRequest {
  readonly query: string;
  /** Instead of the engine's, when positive. */
  readonly lookbackMs?: number;
  /** The data holds no downsampled chunks, so that selectors may share what they read. */
  readonly rawOnly?: boolean;
}

/** What both kinds of queries take. */
export interface QueryRequest extends PlanRequest {
  readonly queryable: Queryable;
  readonly timeoutMs?: number;
  /** Counts samples by step and window (`stats=all`, or the explain tree); costs time. */
  readonly perStepStats?: boolean;
  /** Measures every operator for `QueryResult.analysis`; costs a little time. */
  readonly analyze?: boolean;
}

export interface InstantRequest extends QueryRequest {
  readonly timeMs: number;
}

export interface RangeRequest extends QueryRequest {
  readonly startMs: number;
  /** Inclusive. */
  readonly endMs: number;
  readonly stepMs: number;
}

const EVALUATOR: Evaluator = { rows: vectorRows, scalar: evalScalar };

/**
 * Evaluates PromQL as Prometheus 3.14 does, over whatever a `Queryable` selects. Runs on the calling thread, which it
 * leaves to others every few ms. Errors are TsanosErrors with Prometheus' texts; `queryErrorType` names them as the API does.
 */
export class Engine {
  readonly features: EngineFeatures;
  readonly #options: Required<Omit<EngineOptions, 'features'>>;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: EngineOptions = {}) {
    this.features = { ...DEFAULT_ENGINE_FEATURES, ...options.features };
    this.#options = {
      lookbackMs: options.lookbackMs ?? 300_000,
      maxSamples: options.maxSamples ?? 50_000_000,
      timeoutMs: options.timeoutMs ?? 120_000,
      defaultStepMs: options.defaultStepMs ?? 60_000,
      maxConcurrency: options.maxConcurrency ?? 20,
    };
  }

  /** Evaluates at one time. */
  async instant(request: InstantRequest, ctx: CallContext): Promise<QueryResult> {
    const { timeMs } = request;
    const expr = parse(request.query, this.features);
    return this.#run(request, this.#plan(request, expr, timeMs, timeMs, 0), ctx, false);
  }

  /** Evaluates at `startMs`, then every `stepMs` until `endMs`. */
  async range(request: RangeRequest, ctx: CallContext): Promise<QueryResult> {
    const { startMs, endMs, stepMs } = request;
    const expr = parse(request.query, this.features);
    const type = valueType(expr);
    if (type !== 'vector' && type !== 'scalar') {
      const name = type === 'matrix' ? 'range vector' : type;
      const text = `invalid expression type "${name}" for range query, must be Scalar or instant Vector`;
      throw new TsanosError('bad-input', 'promql-query', text);
    }
    return this.#run(request, this.#plan(request, expr, startMs, endMs, stepMs), ctx, true);
  }

  /** The operators that a query would run; `stepMs` 0 for an instant query. */
  explain(request: PlanRequest & { startMs: number; endMs: number; stepMs: number }): OperatorTree {
    const { startMs, endMs, stepMs } = request;
    return operatorTree(this.#plan(request, parse(request.query, this.features), startMs, endMs, stepMs).root);
  }

  /** How the series of a range query can be dealt out to several threads; undefined where they cannot. */
  shardKey(request: PlanRequest & { startMs: number; endMs: number; stepMs: number }): ShardKey | undefined {
    const { startMs, endMs, stepMs } = request;
    return shardKey(this.#plan(request, parse(request.query, this.features), startMs, endMs, stepMs));
  }

  /** The plan of a query; what `instant` and `range` execute. */
  #plan(request: PlanRequest, expr: Expr, start: number, end: number, step: number): QueryPlan {
    const lookback =
      request.lookbackMs !== undefined && request.lookbackMs > 0 ? request.lookbackMs : this.#options.lookbackMs;
    const { defaultStepMs: defaultStep } = this.#options;
    return planQuery(expr, request.query, {
      start,
      end,
      step,
      lookback,
      defaultStep,
      rawOnly: request.rawOnly ?? false,
    });
  }

  async #run(request: QueryRequest, plan: QueryPlan, ctx: CallContext, isRange: boolean): Promise<QueryResult> {
    const timeout = request.timeoutMs ?? this.#options.timeoutMs;
    const deadline = timeout > 0 ? performance.now() + timeout : Infinity;
    await this.#enter(ctx, deadline);
    try {
      const stats = new QueryStats(request.perStepStats === true, frameSteps(plan.frame));
      const settings = {
        features: this.features,
        maxSamples: this.#options.maxSamples,
        deadline,
        analyze: request.analyze === true,
        isRange,
      };
      const query = new Query(plan, settings, request.queryable, ctx, stats, EVALUATOR);
      const value = await runQuery(query);
      const { totalQueryableSamples, samplesRead, peakSamples, perStep } = stats;
      return {
        value,
        analysis: query.analysis?.tree(plan.root),
        warnings: query.annotations.warnings(),
        infos: query.annotations.infos(),
        stats: {
          totalQueryableSamples,
          samplesRead,
          peakSamples,
          totalQueryableSamplesPerStep: this.features.perStepStats ? perStep : undefined,
        },
      };
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Waits for a free place. */
  async #enter(ctx: CallContext, deadline: number): Promise<void> {
    const limit = this.#options.maxConcurrency;
    while (limit > 0 && this.#running >= limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      ctx.cancel.throwIfCancelled();
      if (performance.now() > deadline) throw new TsanosError('timeout', 'promql-timeout', 'context deadline exceeded');
    }
    this.#running++;
  }
}

/** The error type of Prometheus' API for an error of the engine. */
export function queryErrorType(error: unknown): 'bad_data' | 'execution' | 'canceled' | 'timeout' | 'internal' {
  if (!(error instanceof TsanosError)) return 'internal';
  switch (error.kind) {
    case 'cancelled':
      return 'canceled';
    case 'timeout':
      return 'timeout';
    case 'bad-input':
      return BEFORE_EXECUTION.has(error.code) ? 'bad_data' : 'execution';
    case 'internal':
      return 'internal';
    default:
      return 'execution';
  }
}

/** Codes of what is wrong with a query before it runs. */
const BEFORE_EXECUTION: ReadonlySet<string> = new Set(['promql-parse', 'promql-duration', 'promql-query']);
