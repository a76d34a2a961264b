import { transferring, type RequestScope, type WorkerEngine, type WorkerEnv } from '@tsanos/runtime';
import {
  Engine,
  parse,
  parseMetricSelector,
  prettyPrint,
  queryErrorType,
  treeJson,
  type EngineFeatures,
  type QueryResult,
  type ShardKey,
} from '@tsanos/promql';
import type { CallContext, SeriesSource } from '@tsanos/series';
import { limitSource, storeCallHandlers, type ProxySource } from '@tsanos/storeapi';
import { ApiError, apiErrorType, invalidParameter, statusOf, type ApiErrorType } from '../api/api-error.ts';
import type { Answer, FetchSettings, MetadataTask, QueryTask } from '../api/tasks.ts';
import { resolutionNote } from '../resolution.ts';
import { answerBody } from './answer.ts';
import { explainJson, NOT_ANALYZABLE } from './explain.ts';
import { withDeadline } from './deadline.ts';
import { engineFeatures } from './features.ts';
import { metadataAnswer } from './metadata-handler.ts';
import { QueryEngine, type LocalSource } from './query-engine.ts';
import { joinParts, shardPart, type ShardPart } from './shard-part.ts';
import { SourceQueryable } from './source-queryable.ts';
import { tenantMatchers } from './tenant-matchers.ts';

const encoder = new TextEncoder();

/** `format_query` and `parse_query`. */
interface FormatTask {
  readonly query: string;
  readonly tree: boolean;
}

/** The querier's engine for a worker; `locals` are sources in the same thread. */
export function createQueryEngine(env: WorkerEnv, locals: readonly LocalSource[]): WorkerEngine {
  const engine = new QueryEngine(env, locals);
  let promql: Engine | undefined;
  const features = (): Partial<EngineFeatures> => engineFeatures(engine.config.features);
  const engineOf = (): Engine => {
    const { lookbackMs, defaultSubqueryStepMs, maxSamples } = engine.config;
    // Admission is main's; a worker takes what it is given.
    promql ??= new Engine({
      features: features(),
      lookbackMs,
      defaultStepMs: defaultSubqueryStepMs,
      maxSamples,
      maxConcurrency: 0,
    });
    return promql;
  };
  return {
    handlers: {
      'query.query': (task: QueryTask, scope: RequestScope) =>
        answered(() => runQuery(task, scope, engineOf(), engine)),
      'query.shard-key': (task: QueryTask) => Promise.resolve(shardKeyOf(task, engineOf())),
      'query.part': (task: QueryTask, scope: RequestScope) => runPart(task, scope, engineOf(), engine),
      'query.join': (parts: readonly ShardPart[]) => Promise.resolve(joinAnswer(parts, engine.config.maxSamples)),
      'query.explain': (task: QueryTask) => answered(() => Promise.resolve(runExplain(task, engineOf()))),
      'query.metadata': (task: MetadataTask, scope: RequestScope) => answered(() => runMetadata(task, scope, engine)),
      'query.format': (task: FormatTask) => answered(() => Promise.resolve(runFormat(task, engineOf().features))),
      // What is asked of the fan-out by gRPC; made on the first call, when the configuration is known.
      ...storeCallHandlers(
        lazySource(() => limitSource(engine.proxy, engine.config.requestLimits)),
        'query.store',
        { noMatchers: 'selector' },
      ),
    },
    close: () => engine.close(),
  };
}

function lazySource(proxy: () => SeriesSource): SeriesSource {
  return {
    series: (request, ctx) => proxy().series(request, ctx),
    labelNames: (request, ctx) => proxy().labelNames(request, ctx),
    labelValues: (name, request, ctx) => proxy().labelValues(name, request, ctx),
  };
}

/** Runs a query; `warnings` receives those of storage. */
async function evaluate(
  task: QueryTask,
  scope: RequestScope,
  promql: Engine,
  engine: QueryEngine,
  warnings: string[],
): Promise<QueryResult> {
  const ctx = contextOf(task, scope, warnings);
  const queryable = new SourceQueryable(sourceOf(task, engine), {
    ...task,
    dedupFunc: engine.config.dedupFunc,
    extraMatchers: tenantMatchers(task),
  });
  const common = {
    queryable,
    query: task.query,
    lookbackMs: task.lookbackMs,
    timeoutMs: task.timeoutMs,
    // Samples of windows are counted only when somebody looks.
    perStepStats: task.stats !== '',
    rawOnly: task.maxResolutionMs === 0,
    analyze: task.analyze && task.engine === 'thanos',
  };
  try {
    const result = await withDeadline(ctx, task.timeoutMs, (limited) =>
      task.kind === 'instant'
        ? promql.instant({ ...common, timeMs: task.startMs }, limited)
        : promql.range({ ...common, startMs: task.startMs, endMs: task.endMs, stepMs: task.stepMs }, limited),
    );
    if (!task.notesResolution || !queryable.downsampled) return result;
    return { ...result, infos: [...result.infos, resolutionNote(task.maxResolutionMs)] };
  } catch (error) {
    throw queryError(error);
  }
}

async function runQuery(task: QueryTask, scope: RequestScope, promql: Engine, engine: QueryEngine): Promise<Answer> {
  const began = performance.now();
  const warnings: string[] = task.analyze && task.engine !== 'thanos' ? [NOT_ANALYZABLE] : [];
  const result = await evaluate(task, scope, promql, engine, warnings);
  const limited = limitResult(result, task.limit, warnings);
  const body = answerBody(limited, {
    stats: task.stats,
    evalSeconds: (performance.now() - began) / 1000,
    startMs: task.startMs,
    stepMs: task.stepMs,
    warnings,
    analyze: task.analyze,
  });
  return { status: 200, body, noStore: warnings.length > 0 };
}

/** How the query's series can be dealt out; errors are for the query itself to tell. */
function shardKeyOf(task: QueryTask, promql: Engine): ShardKey | undefined {
  try {
    return promql.shardKey(task);
  } catch {
    return undefined;
  }
}

/** A share of a query, or the answer that says why not. */
function runPart(
  task: QueryTask,
  scope: RequestScope,
  promql: Engine,
  engine: QueryEngine,
): Promise<ShardPart | Answer> {
  return answerOf(async () => {
    const warnings: string[] = [];
    return shardPart(await evaluate(task, scope, promql, engine, warnings), warnings);
  });
}

function joinAnswer(parts: readonly ShardPart[], maxSamples: number): unknown {
  const body = joinParts(parts, maxSamples);
  if (body === undefined) return undefined;
  return transferring({ status: 200, body, noStore: parts.some((part) => part.partial) } satisfies Answer, body);
}

/** An error of the engine in the API's classes; what is wrong with the query is wrong with the parameter. */
function queryError(error: unknown): unknown {
  if (error instanceof ApiError) return error;
  const type: ApiErrorType = queryErrorType(error);
  const message = error instanceof Error ? error.message : String(error);
  return type === 'bad_data' ? invalidParameter('query', message) : new ApiError(type, message, error);
}

function limitResult(result: QueryResult, limit: number, warnings: string[]): QueryResult {
  const { value } = result;
  if (limit === 0) return result;
  if (value.type === 'vector' && value.elements.length > limit) {
    warnings.push('results truncated due to limit');
    return { ...result, value: { ...value, elements: value.elements.slice(0, limit) } };
  }
  if (value.type === 'matrix' && value.series.length > limit) {
    warnings.push('results truncated due to limit');
    return { ...result, value: { ...value, series: value.series.slice(0, limit) } };
  }
  return result;
}

async function runMetadata(task: MetadataTask, scope: RequestScope, engine: QueryEngine): Promise<Answer> {
  const warnings: string[] = [];
  const data = await metadataAnswer(task, sourceOf(task, engine), contextOf(task, scope, warnings));
  const tail = warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`;
  const body = [encoder.encode('{"status":"success","data":'), data, encoder.encode(`${tail}}`)];
  return { status: 200, body, noStore: warnings.length > 0 };
}

/** The plan of a query; what is wrong with it is told as Thanos does here, without naming the parameter. */
function runExplain(task: QueryTask, promql: Engine): Answer {
  let data: string;
  try {
    data = explainJson(promql.explain({ ...task, rawOnly: task.maxResolutionMs === 0 }));
  } catch (error) {
    throw new ApiError(queryErrorType(error), error instanceof Error ? error.message : String(error), error);
  }
  return { status: 200, body: [encoder.encode(`{"status":"success","data":${data}}`)], noStore: false };
}

function runFormat(task: FormatTask, features: EngineFeatures): Answer {
  let data: unknown;
  try {
    const expr = parse(task.query, features);
    data = task.tree ? treeJson(expr) : prettyPrint(expr);
  } catch (error) {
    throw queryError(error);
  }
  return { status: 200, body: [encoder.encode(JSON.stringify({ status: 'success', data }))], noStore: false };
}

/** Errors become answers too: main only sends them. Cancelled work has nobody to answer. */
async function answered(work: () => Promise<Answer>): Promise<unknown> {
  const answer = await answerOf(work);
  // The body moves to the main thread, it is not copied.
  return transferring(answer, answer.body);
}

async function answerOf<T>(work: () => Promise<T>): Promise<T | Answer> {
  try {
    return await work();
  } catch (error) {
    const type = apiErrorType(error);
    if (type === 'canceled') throw error;
    const message = error instanceof Error ? error.message : String(error);
    const body = [encoder.encode(JSON.stringify({ status: 'error', errorType: type, error: message }))];
    return { status: statusOf(type), body, noStore: true };
  }
}

function contextOf(task: FetchSettings, scope: RequestScope, warnings: string[]): CallContext {
  return {
    cancel: scope.cancel,
    budget: scope.budget,
    tenant: task.tenant,
    warn: (text) => {
      if (!warnings.includes(text)) warnings.push(text);
    },
  };
}

function sourceOf(task: FetchSettings, engine: QueryEngine): ProxySource {
  return engine.proxy.withStoreMatch(
    task.storeMatch.map((text) => {
      try {
        return parseMetricSelector(text);
      } catch (error) {
        throw new ApiError('bad_data', (error as Error).message);
      }
    }),
  );
}
