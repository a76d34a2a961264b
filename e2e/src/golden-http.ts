import { request as httpRequest } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, inflateSync } from 'node:zlib';

/** A recorded request and its answer. */
export interface GoldenExchange {
  readonly id: string;
  readonly group: string;
  readonly method: string;
  readonly path: string;
  readonly reqHeaders: Readonly<Record<string, string>>;
  readonly reqBody?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** False: the answer changed between two recordings. */
  readonly stable: boolean;
}

/** What came back. */
export interface Exchanged {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a recorded request to `base` as it was, without what fetch() would add or refuse. */
export async function replay(base: string, line: GoldenExchange): Promise<Exchanged> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method: line.method, path: line.path, headers: line.reqHeaders, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: decoded(Buffer.concat(parts), response.headers['content-encoding']).toString('utf8'),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(line.reqBody ?? '');
  });
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  if (body.length === 0 || encoding === undefined) return body;
  if (encoding === 'gzip') return gunzipSync(body);
  return encoding === 'deflate' ? inflateSync(body) : body;
}

/** An answer that compares regardless of what has no order: warnings, infos, and the keys of objects. */
export function comparable(body: string): unknown {
  let parsed: unknown;
  try {
    // Numbers as they are printed.
    parsed = JSON.parse(body, (_key, value: unknown, context?: { source: string }) =>
      typeof value === 'number' ? `number ${context?.source}` : value,
    );
  } catch {
    return body;
  }
  if (parsed === null || typeof parsed !== 'object') return parsed;
  const { warnings, infos, ...rest } = parsed as Record<string, unknown>;
  return { ...rest, warnings: sorted(warnings), infos: sorted(infos) };
}

function sorted(list: unknown): unknown {
  return Array.isArray(list) ? list.map(String).sort() : list;
}

/** Whether an answer is the recorded one; of what changed between recordings, whether it has the same parts. */
export function sameAnswer(line: GoldenExchange & { note?: string }, got: Exchanged): boolean {
  if (got.status !== line.status) return false;
  const cut = /^body of (\d+) bytes cut$/.exec(line.note ?? '');
  if (cut !== null) return Buffer.byteLength(got.body) === Number(cut[1]) && got.body.startsWith(line.body);
  const [one, other] = [comparable(got.body), comparable(line.body)];
  return isDeepStrictEqual(line.stable ? one : shape(one), line.stable ? other : shape(other));
}

/** Names and types of all that is in a value. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (value === null || typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]));
}

/**
 * An answer of Thanos or ours by what both mean alike: without `analysis`, `stats`, and the positions in warnings; infos among
 * the warnings; errors without Thanos' `bad_data: ` and Prometheus' `invalid parameter "x": `.
 */
export function meaning(body: string): unknown {
  const answer = comparable(body);
  if (answer === null || typeof answer !== 'object') return answer;
  const { data, warnings, infos, error, ...rest } = answer as Record<string, unknown>;
  const notes = [warnings, infos].flatMap((list) => (Array.isArray(list) ? (list as string[]) : []));
  return {
    ...rest,
    error: typeof error === 'string' ? error.replace(/^(bad_data: )?(invalid parameter "[^"]*": )?/, '') : undefined,
    notes: [...new Set(notes.map((note) => note.replace(/ \(\d+:\d+\)$/, '')))].sort(),
    data: withoutExtras(data),
  };
}

function withoutExtras(data: unknown): unknown {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return data;
  const { analysis: _analysis, stats: _stats, ...rest } = data as Record<string, unknown>;
  return rest['resultType'] === 'vector' && Array.isArray(rest['result'])
    ? { ...rest, result: rest['result'].map((one) => JSON.stringify(one)).sort() }
    : rest;
}
