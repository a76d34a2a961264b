import { encodeLabels, Labels } from '@tsanos/model';
import type { MatrixSeries, QueryResult } from '@tsanos/promql';
import { expect, test } from 'vitest';
import { answerBody } from './answer.ts';
import { joinParts, shardPart } from './shard-part.ts';

const times = Float64Array.of(1000, 2000);

function row(name: string, first: number): MatrixSeries {
  const labels = encodeLabels(Labels.from({ pod: name }));
  return { labels, times, values: Float64Array.of(first, 2.5), present: Uint8Array.of(1, 1), histograms: undefined };
}

function result(rows: readonly MatrixSeries[], infos: readonly string[] = []): QueryResult {
  const stats = {
    totalQueryableSamples: 0,
    samplesRead: 0,
    peakSamples: rows.length,
    totalQueryableSamplesPerStep: undefined,
  };
  return { value: { type: 'matrix', series: rows }, warnings: [], infos, stats };
}

const text = (body: readonly Uint8Array[] | undefined): string | undefined =>
  body === undefined ? undefined : Buffer.concat(body).toString();

const ROWS = ['a', 'b', 'c', 'd', 'e'].map((name, i) => row(name, i));

/** The rows at these places. */
const pick = (...places: number[]): MatrixSeries[] => places.map((place) => ROWS[place]);

function whole(warnings: readonly string[], infos: readonly string[]): string | undefined {
  const extras = { stats: '', evalSeconds: 0, startMs: 0, stepMs: 0, warnings, analyze: false } as const;
  return text(answerBody(result(ROWS, infos), extras));
}

test.each([
  [pick(0, 3), pick(1, 2, 4)],
  [pick(0, 1, 2, 3, 4), []],
  [[], pick(4), pick(0, 1, 2), pick(3)],
])('shares %# make the answer that one thread writes', (...shares) => {
  const parts = shares.map((rows) => shardPart(result(rows, ['info']), ['store s is down']));
  expect(text(joinParts(parts, 5))).toBe(whole(['store s is down'], ['info']));
  expect(parts.every((part) => part.partial)).toBe(true);
});

test('shares that hold too much together, or say different things, make none', () => {
  const parts = [shardPart(result(pick(0, 3)), []), shardPart(result(pick(1, 2, 4)), [])];
  expect(joinParts(parts, 4)).toBeUndefined();
  expect(joinParts([parts[0], shardPart(result(pick(1, 2, 4), ['info']), [])], 5)).toBeUndefined();
});
