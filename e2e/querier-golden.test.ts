import { goldenAvailable, goldenLines } from '@tsanos/model/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderConfig, goldenBucket } from './src/golden-bucket.ts';
import { replay, sameAnswer, type Exchanged, type GoldenExchange } from './src/golden-http.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

/** What we answer differently on purpose, and what then holds instead. */
interface Difference {
  readonly why: string;
  readonly covers: (line: GoldenExchange) => boolean;
  readonly instead: (got: Exchanged) => boolean;
}

const bodyOf = (got: Exchanged): Record<string, unknown> => JSON.parse(got.body) as Record<string, unknown>;
const failsWith = (status: number, errorType: string) => (got: Exchanged) =>
  got.status === status && bodyOf(got)['errorType'] === errorType;

const FROM_PROMETHEUS: readonly Difference[] = [
  {
    why: 'HEAD is answered as GET without a body',
    covers: (line) => line.method === 'HEAD',
    instead: (got) => got.status === 200 && got.body === '',
  },
  {
    why: "other methods are refused in the API's envelope, not in plain text",
    covers: (line) => line.status === 405,
    instead: failsWith(405, 'bad_data'),
  },
  {
    why: "unknown paths are refused in the API's envelope, and there are no redirects",
    covers: (line) => line.status === 404 || line.status === 301,
    instead: failsWith(404, 'not_found'),
  },
  {
    why: 'an empty label name is refused rather than redirected',
    covers: (line) => line.status === 307,
    instead: failsWith(400, 'bad_data'),
  },
  {
    why: 'the web framework refuses a path that is not UTF-8, in words of its own',
    covers: (line) => line.path.includes('%ff'),
    instead: failsWith(400, 'bad_data'),
  },
  {
    why: 'Thanos refuses series and labels of a range that ends before it starts, and so do we',
    covers: (line) => line.path.includes('start=1700014157&end=1700010243'),
    instead: failsWith(400, 'bad_data'),
  },
  {
    why: 'Thanos has a default step',
    covers: (line) => line.group === 'query_range' && line.body.includes('cannot parse \\"\\" to a valid duration'),
    instead: (got) => got.status === 200,
  },
];

async function differing(base: string, lines: readonly GoldenExchange[], known: readonly Difference[]) {
  const wrong: string[] = [];
  let same = 0;
  const explained = new Map<string, number>();
  for (const line of lines) {
    const got = await replay(base, line);
    const difference = known.find((one) => one.covers(line));
    if (difference !== undefined && difference.instead(got)) {
      explained.set(difference.why, (explained.get(difference.why) ?? 0) + 1);
    } else if (sameAnswer(line, got)) same++;
    else {
      wrong.push(
        `${line.id} ${line.method} ${line.path} ${line.reqBody ?? ''}\n  want ${line.status} ${line.body.slice(0, 600)}\n  got  ${got.status} ${got.body.slice(0, 600)}`,
      );
    }
  }
  return { wrong, same, explained };
}

describe.skipIf(!goldenAvailable())('recorded answers of Prometheus', () => {
  let all: RunningTsanos;

  beforeAll(async () => {
    all = await startTsanos('all', [folderConfig(await goldenBucket({ main: {} }))]);
  });
  afterAll(() => all?.process.stop());

  it('are ours, byte for byte but for what is listed', async () => {
    const lines = goldenLines<GoldenExchange>('promql', 'http', 'prometheus.jsonl.gz').filter(
      (line) => line.group !== 'live',
    );
    const { wrong, same, explained } = await differing(all.http, lines, FROM_PROMETHEUS);
    console.info(`${same} of ${lines.length} as recorded; differently on purpose:`, Object.fromEntries(explained));
    expect(wrong.join('\n')).toBe('');
    expect(same).toBeGreaterThan(350);
  });
});
