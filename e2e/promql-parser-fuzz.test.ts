import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_FEATURES, ParseError, parse, treeJson } from '@tsanos/promql';
import { Random, randomQueryText } from '@tsanos/promql/testing';
import { findPrometheus } from '@tsanos/runtime/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestProcess, freePort } from './src/process.ts';

const SEED = Number(process.env['TSANOS_SEED'] ?? 20_251_125);
const COUNT = Math.round(1000 * Number(process.env['TSANOS_SOAK'] ?? 1));

const prometheus = findPrometheus();

/** Keys of the tree that came after Prometheus 3.5. */
const NEWER = new Set(['anchored', 'smoothed', 'offsetExpr', 'rangeExpr', 'stepExpr', 'fillValues', 'duration']);

/** JSON with sorted keys, without what is newer. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !NEWER.has(key));
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, canonical(inner)]),
  );
}

function ours(text: string): unknown {
  try {
    return canonical(JSON.parse(JSON.stringify(treeJson(parse(text, ALL_FEATURES)))));
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
}

/**
 * Differences that are the older version's: start() and end() as functions, wording about duration expressions, letters and
 * commas in brackets, and its faults of naming an unknown token by number and of panicking in broken aggregations.
 */
function isOlderGrammar(text: string, theirs: unknown, mine: unknown): boolean {
  if (typeof mine === 'string' && mine.includes("expected ':'")) return true;
  if (typeof theirs !== 'string') return false;
  if (/expected number or duration|<Item \d+>|duration expression: ','|^unexpected error$/.test(theirs)) return true;
  return /start|end/.test(text) && theirs.includes('unexpected "("');
}

describe.skipIf(prometheus === undefined)('parser beside a real Prometheus', () => {
  let folder: string;
  let server: TestProcess;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsanos-parser-'));
    await writeFile(join(folder, 'prometheus.yml'), '');
    const address = `127.0.0.1:${await freePort()}`;
    url = `http://${address}`;
    server = new TestProcess('prometheus', prometheus?.prometheus ?? '', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=promql-experimental-functions,promql-duration-expr',
    ]);
    await server.ready(`${url}/-/ready`);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it(`agrees on ${COUNT} random texts, seed ${SEED}`, async () => {
    const random = new Random(SEED);
    const wrong: unknown[] = [];
    for (let i = 0; i < COUNT; i++) {
      const query = randomQueryText(random);
      const response = await fetch(`${url}/api/v1/parse_query`, {
        method: 'POST',
        body: new URLSearchParams({ query }),
      });
      const answer = (await response.json()) as { data?: unknown; error?: string };
      const want = answer.error?.replace('invalid parameter "query": ', '') ?? canonical(answer.data);
      const got = ours(query);
      if (JSON.stringify(got) !== JSON.stringify(want) && !isOlderGrammar(query, want, got))
        wrong.push({ query, got, want });
    }
    expect(wrong).toEqual([]);
  });
});
