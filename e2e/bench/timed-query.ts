import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';

/** A query of the HTTP API with its own range. */
export interface BenchQuery {
  readonly name: string;
  readonly query: string;
  readonly startS: number;
  /** The same as `startS` with `stepS` 0 makes an instant query. */
  readonly endS: number;
  readonly stepS: number;
}

export interface TimedAnswer {
  readonly seconds: number;
  readonly bytes: number;
  /** Of the body, when asked for. */
  readonly digest: string;
}

const agent = new Agent({ keepAlive: true });

/** Asks and reads the whole answer, which is thrown away; fails unless it is a 200. */
export function timedQuery(base: string, query: BenchQuery, digest = false): Promise<TimedAnswer> {
  const form = new URLSearchParams({ query: query.query });
  const instant = query.stepS === 0;
  if (instant) form.set('time', String(query.startS));
  else
    for (const [key, n] of [
      ['start', query.startS],
      ['end', query.endS],
      ['step', query.stepS],
    ] as const)
      form.set(key, String(n));
  const body = form.toString();
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const call = request(
      `${base}/api/v1/${instant ? 'query' : 'query_range'}`,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length },
      },
      (response) => {
        const hash = digest ? createHash('sha1') : undefined;
        let bytes = 0;
        let head = '';
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          hash?.update(part);
          if (head.length < 500) head += part.toString('latin1', 0, 500);
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`${base} ${query.query}: ${response.statusCode} ${head}`));
          else resolve({ seconds: (performance.now() - began) / 1000, bytes, digest: hash?.digest('hex') ?? '' });
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
