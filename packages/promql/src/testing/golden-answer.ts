import { formatFloatPlain, parseDuration } from '@tsanos/model';
import { type Engine, queryErrorType } from '../engine.ts';
import type { QueryResult, QueryValue } from '../execution/result.ts';
import { JsonWriter } from '../json/json-writer.ts';
import { localContext } from '../promqltest/engine-adapter.ts';
import type { Queryable } from '../queryable.ts';
import type { GoldenQuery } from './golden-queries.ts';

/** Errors about parameters, which the API finds before any engine is asked. */
const API_ERROR = /"error":"(invalid parameter \\"(?!query)|error parsing lookback|exceeded maximum resolution)/;

/** Whether an answer is an engine's to give, rather than the API's around it. */
export function isEngineQuery(line: GoldenQuery): boolean {
  if ((line.kind !== 'instant' && line.kind !== 'range') || API_ERROR.test(line.body)) return false;
  // What becomes of times beyond int64 is the API's business, too.
  return ['time', 'start', 'end'].every((name) => Math.abs(timeMs(line.params[name] ?? '0')) < MAX_TIME_MS);
}

const MAX_TIME_MS = 9e15;

/** Status and body with which the query API would answer a recorded query. */
export async function engineAnswer(
  line: GoldenQuery,
  engine: Engine,
  queryable: Queryable,
): Promise<{ status: number; body: string }> {
  const { params } = line;
  const lookbackMs = params['lookback_delta'] === undefined ? undefined : durationMs(params['lookback_delta']);
  const request = { queryable, query: params['query'] ?? '', ...(lookbackMs === undefined ? {} : { lookbackMs }) };
  const ctx = localContext();
  try {
    const result =
      line.kind === 'instant'
        ? await engine.instant({ ...request, timeMs: timeMs(params['time'] ?? '0') }, ctx)
        : await engine.range(
            {
              ...request,
              startMs: timeMs(params['start'] ?? '0'),
              endMs: timeMs(params['end'] ?? '0'),
              stepMs: Math.trunc(durationMs(params['step'] ?? '60')),
            },
            ctx,
          );
    return { status: 200, body: render(result, Number(params['limit'] ?? 0)) };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): { status: number; body: string } {
  const errorType = queryErrorType(error);
  const text = error instanceof Error ? error.message : String(error);
  const message = errorType === 'bad_data' ? `invalid parameter "query": ${text}` : text;
  const status = { bad_data: 400, execution: 422, canceled: 499, timeout: 503, internal: 500 }[errorType];
  return { status, body: JSON.stringify({ status: 'error', errorType, error: message }) };
}

function timeMs(text: string): number {
  return /^[-+.0-9eE]+$/.test(text) ? Math.round(Number(text) * 1000) : Date.parse(text);
}

function durationMs(text: string): number {
  return /^[-+.0-9eE]+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
}

function render({ value, warnings, infos }: QueryResult, limit: number): string {
  const out = new JsonWriter();
  const cut = limited(value, limit);
  out.ascii('{"status":"success","data":{"resultType":"').ascii(value.type).ascii('","result":');
  writeValue(out, cut);
  out.ascii('}');
  const truncated = cut !== value ? ['results truncated due to limit'] : [];
  writeTexts(out, 'warnings', [...truncated, ...warnings]);
  writeTexts(out, 'infos', infos);
  return new TextDecoder().decode(out.ascii('}').view());
}

function limited(value: QueryValue, limit: number): QueryValue {
  if (limit <= 0) return value;
  if (value.type === 'vector' && value.elements.length > limit)
    return { ...value, elements: value.elements.slice(0, limit) };
  if (value.type === 'matrix' && value.series.length > limit) return { ...value, series: value.series.slice(0, limit) };
  return value;
}

function writeValue(out: JsonWriter, value: QueryValue): void {
  switch (value.type) {
    case 'scalar':
      out.ascii(`[${formatFloatPlain(value.timeMs / 1000)},"${formatFloatPlain(value.value)}"]`);
      return;
    case 'string':
      out
        .ascii(`[${formatFloatPlain(value.timeMs / 1000)},`)
        .string(value.value)
        .ascii(']');
      return;
    case 'vector':
      out.ascii('[');
      value.elements.forEach((element, i) => {
        if (i > 0) out.ascii(',');
        out.vectorSample(element.labels, 0, element.labels.length, value.timeMs, element.histogram ?? element.value);
      });
      out.ascii(']');
      return;
    case 'matrix':
      out.ascii('[');
      value.series.forEach(({ labels, times, values, present, histograms }, i) => {
        if (i > 0) out.ascii(',');
        out.matrixRow(labels, 0, labels.length, times, values, present, histograms);
      });
      out.ascii(']');
  }
}

function writeTexts(out: JsonWriter, name: string, texts: readonly string[]): void {
  if (texts.length === 0) return;
  out.ascii(`,"${name}":[`);
  texts.forEach((one, i) => {
    if (i > 0) out.ascii(',');
    out.string(one);
  });
  out.ascii(']');
}
