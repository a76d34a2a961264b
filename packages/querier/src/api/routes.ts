import type { HttpReply, HttpRequest, HttpRoute, WorkerPool } from '@tsanos/runtime';
import type { ActiveQueryLog } from './active-queries.ts';
import { ApiError, apiErrorType, statusOf } from './api-error.ts';
import type { QueryGate } from './gate.ts';
import { Params } from './params.ts';
import { runQueryTask } from './sharded-query.ts';
import {
  instantTask,
  metadataTask,
  rangeTask,
  type Answer,
  type Caller,
  type MetadataTask,
  type QueryDefaults,
  type QueryTask,
} from './tasks.ts';
import { tenantOf, type TenantRules } from './tenant.ts';

export interface ApiModules {
  readonly pool: WorkerPool;
  readonly gate: QueryGate;
  /** Notes queries while they run. */
  readonly active: ActiveQueryLog | undefined;
  /** Workers that one query may use. */
  readonly maxWorkers: number;
  readonly defaults: QueryDefaults;
  readonly tenants: TenantRules;
  /** `data` of `/api/v1/stores`, as JSON. */
  readonly stores: () => string;
  readonly status: { readonly flags: unknown; readonly build: unknown; readonly runtime: () => unknown };
  /** Told of each range query's length in seconds. */
  readonly onRange: (seconds: number) => void;
  readonly now: () => number;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const NO_STORE = { 'cache-control': 'no-store' };

/** The routes under `<prefix>/api/v1`. */
export function apiRoutes(prefix: string, modules: ApiModules): HttpRoute[] {
  const { pool, gate, active, defaults, tenants, status, now } = modules;
  const path = (name: string): string => `${prefix}/api/v1/${name}`;
  const admitted = async (request: HttpRequest, run: () => Promise<Answer>): Promise<HttpReply> => {
    const answer = await gate.run(request.signal, run);
    return { status: answer.status, headers: { ...JSON_TYPE, ...(answer.noStore ? NO_STORE : {}) }, body: answer.body };
  };
  const task = (handler: string, work: unknown, request: HttpRequest): Promise<HttpReply> =>
    admitted(request, () => pool.run<unknown, Answer>(handler, work, request.signal));
  const caller = (request: HttpRequest): Caller => tenantOf(request, tenants);
  const metadata = (kind: MetadataTask['kind'], request: HttpRequest, label = ''): Promise<HttpReply> =>
    task('query.metadata', metadataTask(kind, label, paramsOf(request), defaults, caller(request), now()), request);
  const query = (work: QueryTask, request: HttpRequest): Promise<HttpReply> =>
    admitted(request, () => {
      // Workers that other queries keep busy are none to share with.
      const free = Math.min(modules.maxWorkers, Math.floor(pool.size / gate.running));
      const run = (): Promise<Answer> => runQueryTask(pool, work, free, request.signal);
      return active === undefined ? run() : active.during(work.query, now(), run);
    });
  const explain = (work: QueryTask, request: HttpRequest): Promise<HttpReply> => {
    if (work.engine !== 'thanos') throw new ApiError('bad_data', "engine type must be 'thanos'");
    return task('query.explain', work, request);
  };
  const success = (data: unknown) => (): HttpReply => ({
    status: 200,
    headers: JSON_TYPE,
    body: JSON.stringify({ status: 'success', data }),
  });
  const get = (name: string, handler: string, run: HttpRoute['run']): HttpRoute =>
    route(['GET'], path(name), handler, run);
  const form = (name: string, handler: string, run: HttpRoute['run']): HttpRoute =>
    route(['GET', 'POST'], path(name), handler, run);

  return [
    form('query', 'query', (request) =>
      query(instantTask(paramsOf(request), defaults, caller(request), now()), request),
    ),
    form('query_range', 'query_range', (request) => {
      const work = rangeTask(paramsOf(request), defaults, caller(request));
      modules.onRange((work.endMs - work.startMs) / 1000);
      return query(work, request);
    }),
    form('query_explain', 'query', (request) =>
      explain(instantTask(paramsOf(request), defaults, caller(request), now()), request),
    ),
    form('query_range_explain', 'query_range', (request) =>
      explain(rangeTask(paramsOf(request), defaults, caller(request)), request),
    ),
    form('series', 'series', (request) => metadata('series', request)),
    form('labels', 'label_names', (request) => metadata('labels', request)),
    get('label/:name/values', 'label_values', (request) =>
      metadata('label_values', request, labelName(request.params['name'])),
    ),
    form('format_query', 'format_query', (request) =>
      task('query.format', { query: paramsOf(request).get('query'), tree: false }, request),
    ),
    form('parse_query', 'parse_query', (request) =>
      task('query.format', { query: paramsOf(request).get('query'), tree: true }, request),
    ),
    get('stores', 'stores', () => ({
      status: 200,
      headers: JSON_TYPE,
      body: `{"status":"success","data":${modules.stores()}}`,
    })),
    get('status/buildinfo', 'status_build', success(status.build)),
    get('status/flags', 'status_flags', success(status.flags)),
    get('status/runtimeinfo', 'status_runtime', () => success(status.runtime())()),
    // Grafana asks for these on first use; anything but success turns features off there.
    get('rules', 'rules', success({ groups: [] })),
    get('alerts', 'alerts', success({ alerts: [] })),
    get('targets', 'targets', success({ activeTargets: [], droppedTargets: [] })),
    get('metadata', 'metadata', success({})),
    form('query_exemplars', 'exemplars', success([])),
  ];
}

function route(methods: HttpRoute['methods'], path: string, handler: string, run: HttpRoute['run']): HttpRoute {
  return {
    methods,
    path,
    handler,
    cors: true,
    run: async (request) => {
      try {
        return await run(request);
      } catch (error) {
        return errorReply(error);
      }
    },
  };
}

/** An error in Prometheus' envelope. */
export function errorReply(error: unknown): HttpReply {
  const type = apiErrorType(error);
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: statusOf(type),
    headers: { ...JSON_TYPE, ...NO_STORE },
    body: JSON.stringify({ status: 'error', errorType: type, error: message }),
  };
}

function paramsOf(request: HttpRequest): Params {
  const params = new Params();
  for (const [name, value] of request.form) params.add(name, value);
  return params;
}

/** A label name of a path; `U__` names are unescaped as Prometheus does. */
function labelName(text: string): string {
  const name = text.startsWith('U__') ? unescapeName(text.slice(3)) : text;
  if (name === undefined || name === '' || name.includes('\ufffd'))
    throw new ApiError('bad_data', `invalid label name: ${JSON.stringify(text)}`);
  return name;
}

/** `_` + hex + `_` is a code point, `__` an underscore; undefined when it is malformed. */
function unescapeName(text: string): string | undefined {
  let out = '';
  for (let at = 0; at < text.length;) {
    if (text[at] !== '_') {
      out += text[at++];
      continue;
    }
    if (text[at + 1] === '_') {
      out += '_';
      at += 2;
      continue;
    }
    const match = /^_([0-9a-fA-F]{1,6})_/.exec(text.slice(at));
    const code = match === null ? Number.NaN : parseInt(match[1], 16);
    if (match === null || code > 0x10ffff) return undefined;
    out += String.fromCodePoint(code);
    at += match[0].length;
  }
  return out;
}
