import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { goldenAvailable, goldenLines } from '@tsanos/model/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderConfig, goldenBucket } from './src/golden-bucket.ts';
import { meaning, replay, type GoldenExchange } from './src/golden-http.ts';
import { explain, type Pair } from './src/thanos-differences.ts';
import { startTsanos, type RunningTsanos } from './src/tsanos.ts';

/** A recorded query. */
interface GoldenQueryLine {
  readonly id: string;
  readonly kind: string;
  readonly params: Readonly<Record<string, string | readonly string[]>>;
  readonly status: number;
  readonly body: string;
}

/** All are needed now and then; every third shows as much. */
const STRIDE = process.env['TSANOS_FULL'] === undefined ? 3 : 1;

class Tally {
  same = 0;
  readonly explained: Record<string, number> = {};
  readonly wrong: string[] = [];

  add(id: string, pair: Pair): void {
    const { want, got } = pair;
    if (want.status === got.status && isDeepStrictEqual(want.meaning, got.meaning)) {
      this.same++;
      return;
    }
    const why = explain(pair);
    if (why !== undefined) this.explained[why] = (this.explained[why] ?? 0) + 1;
    else {
      this.wrong.push(
        `${id} ${pair.path}\n  want ${want.status} ${JSON.stringify(want.meaning).slice(0, 800)}\n  got  ${got.status} ${JSON.stringify(got.meaning).slice(0, 800)}`,
      );
    }
  }

  expectNothingElse(what: string): void {
    console.info(`${what}: ${this.same} as recorded; differently on purpose:`, this.explained);
    expect(this.wrong.join('\n')).toBe('');
  }
}

describe.skipIf(!goldenAvailable())('recorded answers of Thanos over an HA pair', () => {
  let store: RunningTsanos;
  const queriers: RunningTsanos[] = [];

  beforeAll(async () => {
    const bucket = await goldenBucket({
      'ha-a': { cluster: 'eu', replica: 'a' },
      'ha-b': { cluster: 'eu', replica: 'b' },
    });
    store = await startTsanos('store', [
      folderConfig(bucket),
      `--data-dir=${await mkdtemp(join(tmpdir(), 'tsanos-store-'))}`,
    ]);
    for (const func of ['penalty', 'chain']) {
      queriers.push(
        await startTsanos('query', [
          `--endpoint=${store.grpc}`,
          '--query.replica-label=replica',
          `--deduplication.func=${func}`,
        ]),
      );
    }
  });
  afterAll(() => Promise.all([store, ...queriers].map((one) => one?.process.stop())));

  it('mean what ours mean', async () => {
    const tally = new Tally();
    for (const line of goldenLines<GoldenExchange & { note?: string }>('promql', 'http', 'thanos.jsonl.gz')) {
      if (line.group === 'live' || line.group === 'thanos-proxy' || line.group === 'thanos-stores') continue;
      if (!line.stable || line.note !== undefined) continue;
      const got = await replay(queriers[0].http, line);
      tally.add(line.id, {
        path: `${line.path} ${line.reqBody ?? ''}`,
        query: new URLSearchParams(line.reqBody ?? line.path.split('?')[1] ?? '').get('query') ?? '',
        want: { status: line.status, meaning: meaning(line.body) },
        got: { status: got.status, meaning: meaning(got.body) },
      });
    }
    tally.expectNothingElse('HTTP');
    expect(tally.same).toBeGreaterThan(400);
  });

  it.each([
    ['penalty', 0],
    ['chain', 1],
  ])('are deduplicated alike by %s', async (func, which) => {
    const tally = new Tally();
    const lines = goldenLines<GoldenQueryLine>('promql', `thanos-dedup-${func}.jsonl.gz`);
    for (let i = 0; i < lines.length; i += STRIDE) {
      const line = lines[i];
      const params = new URLSearchParams();
      for (const [name, value] of Object.entries(line.params))
        for (const one of typeof value === 'string' ? [value] : value) params.append(name, one);
      const path = `/api/v1/${endpointOf(line)}?${params}`;
      const response = await fetch(queriers[which].http + path);
      tally.add(line.id, {
        path,
        query: params.get('query') ?? '',
        want: { status: line.status, meaning: meaning(line.body) },
        got: { status: response.status, meaning: meaning(await response.text()) },
      });
    }
    tally.expectNothingElse(func);
    expect(tally.same).toBeGreaterThan(lines.length / STRIDE / 1.25);
  });
});

function endpointOf({ kind, params }: GoldenQueryLine): string {
  if (kind === 'instant') return 'query';
  if (kind === 'range') return 'query_range';
  return kind === 'label_values' ? `label/${encodeURIComponent(String(params['name']))}/values` : kind;
}
