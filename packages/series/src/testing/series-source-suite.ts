import {
  Labels,
  compareLabels,
  compareUtf8,
  createMatcher,
  labelsToString,
  type MatchType,
  type Matcher,
} from '@tsanos/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabelsRequest, SeriesRequest, SeriesSource } from '../series-source.ts';
import { collectSeries, samplesOf, seriesOf, type TestSeries } from './batches.ts';
import { testContext } from './contexts.ts';

/** What an implementation under test is to hold. */
export interface SourceFixture {
  externalLabels: Labels;
  series: readonly { labels: Labels; samples: readonly (readonly [t: number, v: number])[] }[];
}

/** An implementation under test. */
export interface SourceUnderTest {
  source: SeriesSource;
  /** How much was read so far, in any unit that grows with each read; for laziness. */
  reads?: () => number;
  close?: () => Promise<void> | void;
}

/** How an implementation is allowed to differ. */
export interface SourceSuiteOptions {
  /** Makes one that fails half-way: under `abort` it must throw, under `warn` it must warn and end, or throw if `strict`. */
  makeBroken?: (fixture: SourceFixture) => Promise<SourceUnderTest> | SourceUnderTest;
  /** Failures are errors under `warn`, too. */
  strict?: boolean;
  /** What a selector of external labels alone gives: Thanos' store gateway nothing, its sidecar an error, ours by default the series. */
  externalOnly?: 'series' | 'empty' | 'error';
  /** `limit` is not honoured where chunks are asked for. */
  ignoresLimit?: boolean;
  /** A limit of labels only gives any series, not the first in order: whoever is behind it cuts before they are sorted. */
  anyUnderLimit?: boolean;
  /** `shard` is not honoured. */
  ignoresShard?: boolean;
  /** Adjacent series with equal labels are given as one. */
  joinsEqual?: boolean;
}

const STEP = 15_000;
const T0 = 1_700_000_000_000;
const N = 300;
/** The time of the last sample of a full series. */
const T1 = T0 + (N - 1) * STEP;

function ramp(from: number, to: number, seed: number): [number, number][] {
  return Array.from({ length: to - from }, (_, i) => [T0 + (from + i) * STEP, seed * 1000 + from + i]);
}

/** Names that sort around the external labels, upper case, astral characters, a series with labels of external names. */
const fixture: SourceFixture = {
  externalLabels: Labels.from({ cluster: 'eu', replica: 'a' }),
  series: [
    { labels: Labels.from({ __name__: 'up', job: 'api', instance: '1' }), samples: ramp(0, N, 1) },
    { labels: Labels.from({ __name__: 'up', job: 'api', instance: '10' }), samples: ramp(0, N, 2) },
    { labels: Labels.from({ __name__: 'up', job: 'api', instance: '2' }), samples: ramp(0, 100, 3) },
    { labels: Labels.from({ __name__: 'up', job: 'db', instance: '1', zone: 'x' }), samples: ramp(200, N, 4) },
    {
      labels: Labels.from({ __name__: 'up', job: 'db', instance: '1', zone: 'y', a: 'first' }),
      samples: ramp(0, N, 5),
    },
    { labels: Labels.from({ __name__: 'odd', Upper: 'case', cluster: 'overridden' }), samples: ramp(0, N, 6) },
    { labels: Labels.from({ __name__: 'odd', Upper: 'case', replica: 'in-series', n: '2' }), samples: ramp(0, N, 7) },
    { labels: Labels.from({ __name__: 'odd', text: '\u{1F600}' }), samples: ramp(0, N, 8) },
    { labels: Labels.from({ __name__: 'odd', text: '\uFFEE' }), samples: ramp(0, N, 9) },
    ...Array.from({ length: 150 }, (_, i) => ({
      labels: Labels.from({ __name__: 'many', i: String(i), parity: String(i % 2) }),
      samples: ramp(0, 20, 10 + i),
    })),
  ],
};

function matcher(text: string): Matcher {
  const [, name, type, value] = /^(\w+)(=~|!~|!=|=)(.*)$/s.exec(text) as unknown as [string, string, MatchType, string];
  return createMatcher(type, name, value);
}

function request(matchers: readonly string[], change: Partial<SeriesRequest> = {}): SeriesRequest {
  return {
    mint: T0,
    maxt: T1,
    matchers: matchers.map(matcher),
    maxResolutionMs: 0,
    aggregates: [],
    partialResponse: 'abort',
    skipChunks: false,
    withoutReplicaLabels: [],
    limit: 0,
    ...change,
  };
}

function labelsRequest(matchers: readonly string[] = [], change: Partial<LabelsRequest> = {}): LabelsRequest {
  return {
    mint: T0,
    maxt: T1,
    matchers: matchers.map(matcher),
    partialResponse: 'abort',
    withoutReplicaLabels: [],
    limit: 0,
    ...change,
  };
}

/** What the source should answer: labels in order, and the samples within the range. */
function expected(
  matchers: readonly string[],
  drop: readonly string[] = [],
  mint = T0,
  maxt = T1,
): { labels: string; samples: readonly (readonly [number, number])[] }[] {
  const list = matchers.map(matcher);
  return fixture.series
    .map(({ labels, samples }) => ({
      labels: Labels.from([...labels, ...fixture.externalLabels]),
      samples: samples.filter(([t]) => t >= mint && t <= maxt),
    }))
    .filter(({ labels, samples }) => samples.length > 0 && list.every((m) => m.matches(labels.get(m.name))))
    .map(({ labels, samples }) => ({
      labels: Labels.fromSorted([...labels].filter(([name]) => !drop.includes(name))),
      samples,
    }))
    .sort((a, b) => compareLabels(a.labels, b.labels))
    .map(({ labels, samples }) => ({ labels: labelsToString(labels), samples }));
}

function answer(
  series: readonly TestSeries[],
  mint = T0,
  maxt = T1,
): { labels: string; samples: [number, number][] }[] {
  return series.map(({ labels, chunks }) => ({
    labels: labelsToString(labels),
    samples: chunks.flatMap(samplesOf).filter(([t]) => t >= mint && t <= maxt),
  }));
}

/**
 * The acceptance suite of every `SeriesSource`. Call it in a test file of the implementation's package; `make` fills a
 * new source with the fixture before each test.
 */
export function seriesSourceSuite(
  name: string,
  make: (fixture: SourceFixture) => Promise<SourceUnderTest> | SourceUnderTest,
  options: SourceSuiteOptions = {},
): void {
  describe(`SeriesSource: ${name}`, () => {
    let under: SourceUnderTest;
    beforeEach(async () => {
      under = await make(fixture);
    });
    afterEach(async () => {
      await under.close?.();
    });

    const ask = async (matchers: readonly string[], change: Partial<SeriesRequest> = {}): Promise<TestSeries[]> => {
      const ctx = testContext();
      const series = await collectSeries(under.source.series(request(matchers, change), ctx));
      expect(ctx.warnings).toEqual([]);
      expect(ctx.bytesHeld).toBe(0);
      return series;
    };

    it.each([
      [['__name__=up']],
      [['__name__=~up|odd']],
      [['__name__=~.+', 'job=api']],
      [['__name__=up', 'zone=']],
      [['__name__=up', 'zone!=']],
      [['__name__=up', 'job!=api']],
      [['__name__=up', 'instance=~1.*']],
      [['__name__=up', 'instance!~1.*', 'zone!~x|y']],
      [['__name__=many', 'parity=1']],
      [['__name__=none']],
    ])('gives the series that match %j, in label order, external labels in', async (matchers) => {
      expect(answer(await ask(matchers))).toEqual(expected(matchers));
    });

    it('matches on external labels', async () => {
      expect(answer(await ask(['__name__=up', 'cluster=eu']))).toEqual(expected(['__name__=up']));
      expect(answer(await ask(['__name__=up', 'cluster=~e.', 'replica!=b']))).toEqual(expected(['__name__=up']));
      expect(await ask(['__name__=up', 'cluster=us'])).toEqual([]);
      expect(await ask(['__name__=odd', 'cluster=overridden'])).toEqual([]);
    });

    it('answers a selector of external labels alone', async () => {
      const mode = options.externalOnly ?? 'series';
      if (mode === 'error') await expect(ask(['cluster=eu'])).rejects.toThrow();
      else expect(answer(await ask(['cluster=eu']))).toEqual(mode === 'empty' ? [] : expected([]));
    });

    it.each([[['replica']], [['cluster', 'replica']], [['replica', 'instance']], [['a', 'zone']]])(
      'drops the labels %j and sorts without them',
      async (drop) => {
        const matchers = ['__name__=~up|odd'];
        const series = await ask(matchers, { withoutReplicaLabels: drop });
        const wanted = expected(matchers, drop);
        expect(series.map((s) => labelsToString(s.labels))).toEqual(
          options.joinsEqual === true ? [...new Set(wanted.map((s) => s.labels))] : wanted.map((s) => s.labels),
        );
        const all = (list: readonly { samples: readonly (readonly [number, number])[] }[]): string[] =>
          list.flatMap((s) => s.samples.map(String)).sort();
        expect(all(answer(series))).toEqual(all(wanted));
      },
    );

    it('gives labels only with skipChunks', async () => {
      const series = await ask(['__name__=up'], { skipChunks: true });
      expect(series.map((s) => labelsToString(s.labels))).toEqual(expected(['__name__=up']).map((s) => s.labels));
      expect(series.every((s) => s.chunks.length === 0)).toBe(true);
    });

    it.each([
      [T0 + 250 * STEP, T1],
      [T0 + 10 * STEP, T0 + 12 * STEP],
      [T0 - 10 * STEP, T0],
      [T1, T1 + STEP],
      [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ])('gives the samples from %d to %d', async (mint, maxt) => {
      const matchers = ['__name__=up'];
      const series = answer(await ask(matchers, { mint, maxt }), mint, maxt).filter((s) => s.samples.length > 0);
      expect(series).toEqual(expected(matchers, [], mint, maxt));
    });

    it('gives nothing outside of its times', async () => {
      expect(await ask(['__name__=up'], { mint: T0 - 9000, maxt: T0 - 5000 })).toEqual([]);
      expect(await ask(['__name__=up'], { mint: T1 + 1, maxt: T1 + 5000 })).toEqual([]);
    });

    it.each([true, false].filter((skip) => skip || options.ignoresLimit !== true))(
      'gives the first series under a limit, skipChunks %j',
      async (skipChunks) => {
        const labels = expected(['__name__=up']).map((s) => s.labels);
        for (const limit of [1, 2, labels.length, labels.length + 1]) {
          const series = await ask(['__name__=up'], { limit, skipChunks });
          const found = series.map((s) => labelsToString(s.labels));
          if (skipChunks && options.anyUnderLimit === true) {
            expect(found).toEqual(labels.filter((one) => found.includes(one)));
            expect(found).toHaveLength(Math.min(limit, labels.length));
          } else {
            expect(found).toEqual(labels.slice(0, limit));
          }
        }
      },
    );

    it.skipIf(options.ignoresShard === true).each([
      [true, ['i']],
      [false, ['replica', 'parity']],
    ])('splits series into shards, by %j %j', async (by, labels) => {
      const seen: string[] = [];
      for (let index = 0; index < 3; index++) {
        const part = (await ask(['__name__=many'], { shard: { index, total: 3, by, labels } })).map((s) =>
          labelsToString(s.labels),
        );
        expect(part.length).toBeGreaterThan(10);
        seen.push(...part);
      }
      expect(seen.sort(compareUtf8)).toEqual(
        expected(['__name__=many'])
          .map((s) => s.labels)
          .sort(compareUtf8),
      );
    });

    it('gives label names sorted and once', async () => {
      const ctx = testContext();
      const names = [
        'Upper',
        '__name__',
        'a',
        'cluster',
        'i',
        'instance',
        'job',
        'n',
        'parity',
        'replica',
        'text',
        'zone',
      ];
      expect(await under.source.labelNames(labelsRequest(), ctx)).toEqual(names);
      expect(await under.source.labelNames(labelsRequest(['__name__=up', 'job=api']), ctx)).toEqual([
        '__name__',
        'cluster',
        'instance',
        'job',
        'replica',
      ]);
      expect(await under.source.labelNames(labelsRequest(['__name__=none']), ctx)).toEqual([]);
      expect(await under.source.labelNames(labelsRequest(['cluster=us', '__name__=up']), ctx)).toEqual([]);
      expect(
        await under.source.labelNames(labelsRequest(['__name__=many'], { withoutReplicaLabels: ['replica'] }), ctx),
      ).toEqual(['__name__', 'cluster', 'i', 'parity']);
    });

    it('gives label values sorted and once', async () => {
      const ctx = testContext();
      const values = (
        label: string,
        matchers: readonly string[] = [],
        change: Partial<LabelsRequest> = {},
      ): Promise<string[]> => under.source.labelValues(label, labelsRequest(matchers, change), ctx);
      expect(await values('__name__')).toEqual(['many', 'odd', 'up']);
      expect(await values('instance')).toEqual(['1', '10', '2']);
      expect(await values('instance', ['job=db'])).toEqual(['1']);
      expect(await values('text')).toEqual(['\uFFEE', '\u{1F600}']);
      expect(await values('cluster')).toEqual(['eu']);
      expect(await values('cluster', ['__name__=up'])).toEqual(['eu']);
      expect(await values('cluster', ['__name__=none'])).toEqual([]);
      expect(await values('replica', [], { withoutReplicaLabels: ['replica'] })).toEqual([]);
      expect(await values('absent')).toEqual([]);
    });

    it('reads nothing before the first batch is asked for', async () => {
      const before = under.reads?.();
      const stream = under.source.series(request(['__name__=many']), testContext());
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(under.reads?.()).toBe(before);
      expect(await collectSeries(stream)).toHaveLength(150);
    });

    it('stops when its consumer does', async () => {
      const ctx = testContext();
      for await (const batch of under.source.series(request(['__name__=many']), ctx)) {
        expect(batch.count).toBeGreaterThan(0);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(ctx.bytesHeld).toBe(0);
    });

    it('throws when cancelled, before and in between', async () => {
      const before = testContext();
      before.cancelNow();
      await expect(collectSeries(under.source.series(request(['__name__=many']), before))).rejects.toThrow(/cancel/i);
      expect(before.bytesHeld).toBe(0);
      const between = testContext();
      let batches = 0;
      const run = async (): Promise<void> => {
        for await (const batch of under.source.series(request(['__name__=~.+']), between)) {
          batches += batch.count > 0 ? 1 : 0;
          between.cancelNow();
        }
      };
      // Who gives all in one batch has nothing left to stop.
      await run().then(
        () => expect(batches).toBe(1),
        (error: unknown) => expect(String(error)).toMatch(/cancel/i),
      );
      expect(between.bytesHeld).toBe(0);
    });

    const { makeBroken } = options;
    it.skipIf(makeBroken === undefined)('fails under abort, and under warn gives what it has', async () => {
      const broken = await (makeBroken as NonNullable<typeof makeBroken>)(fixture);
      try {
        await expect(collectSeries(broken.source.series(request(['__name__=~.+']), testContext()))).rejects.toThrow();
        const ctx = testContext();
        const partial = collectSeries(
          broken.source.series(request(['__name__=~.+'], { partialResponse: 'warn' }), ctx),
        );
        if (options.strict === true) {
          await expect(partial).rejects.toThrow();
        } else {
          expect((await partial).length).toBeLessThan(fixture.series.length);
          expect(ctx.warnings.length).toBeGreaterThan(0);
        }
        expect(ctx.bytesHeld).toBe(0);
      } finally {
        await broken.close?.();
      }
    });
  });
}

/** The fixture's series as test series, for implementations that take those. */
export function fixtureSeries(given: SourceFixture): TestSeries[] {
  return given.series.map(({ labels, samples }) => seriesOf(labels, samples));
}
