import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goldenAvailable, goldenPath } from '@tsanos/model/testing';
import { ALL_FEATURES, Engine, type EngineFeatures, runScript, scriptEngine } from '@tsanos/promql';
import {
  CoverageTable,
  GoldenReport,
  type GoldenProfile,
  compareAnswer,
  engineAnswer,
  goldenQueries,
  isEngineQuery,
} from '@tsanos/promql/testing';
import { blockQueryable, openBlock } from '@tsanos/tsdb';
import { describe, expect, it } from 'vitest';

/** Features of the servers that the profiles were recorded on. */
const FEATURES: Readonly<Record<GoldenProfile, Partial<EngineFeatures>>> = {
  all: {
    ...ALL_FEATURES,
    delayedNameRemoval: true,
    typeAndUnitLabels: true,
    startTimestamps: true,
    perStepStats: true,
  },
  functions: ALL_FEATURES,
  default: {},
};

/** Where to write what differs, for reading; nothing is written when not set. */
const REPORT = process.env['TSANOS_GOLDEN_REPORT'];

async function run(data: 'main' | 'st', profile: GoldenProfile, coverage: CoverageTable): Promise<GoldenReport> {
  const folder = goldenPath('promql', 'data', data);
  const blocks = await Promise.all(readdirSync(folder).map((name) => openBlock(join(folder, name))));
  const queryable = blockQueryable(blocks);
  const engine = new Engine({ features: FEATURES[profile], maxSamples: 5_000_000 });
  const report = new GoldenReport();
  for (const line of goldenQueries(data, profile)) {
    if (!isEngineQuery(line)) continue;
    const { status, body } = await engineAnswer(line, engine, queryable);
    const problem = compareAnswer(line, status, body);
    report.add(line, problem);
    if (problem === undefined && status === 200) coverage.add(line.params['query'] ?? '', body);
  }
  return report;
}

describe.skipIf(!goldenAvailable())('recorded answers of Prometheus', () => {
  const coverage = new CoverageTable();
  for (const data of ['main', 'st'] as const) {
    for (const profile of ['all', 'functions', 'default'] as const) {
      it(`${data} data, ${profile} features`, { timeout: 300_000 }, async () => {
        const report = await run(data, profile, coverage);
        console.log(`golden queries ${data} ${profile}: ${report.summary()}`);
        if (REPORT !== undefined)
          writeFileSync(`${REPORT}.${data}.${profile}`, `${report.summary()}\n${report.failures.join('\n')}\n`);
        expect(report.failures).toEqual([]);
        expect(report.passed).toBeGreaterThan(200);
      });
    }
  }

  it('use every function, operator, aggregation and modifier three times', () => {
    console.log(`equal answers with values, by what their queries use:\n${coverage}`);
    expect(coverage.below(3)).toEqual([]);
  });
});

describe.skipIf(!goldenAvailable())("Prometheus' own test scripts", () => {
  const folder = goldenPath('promql', 'promqltest');
  const files = goldenAvailable() ? readdirSync(folder).filter((name) => name.endsWith('.test')) : [];
  it.each(files)('%s', { timeout: 120_000 }, async (name) => {
    const report = await runScript(name, readFileSync(join(folder, name), 'utf8'), scriptEngine());
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThan(0);
  });
});
