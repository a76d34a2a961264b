import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptEngine } from '@tsanos/promql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRulesTest } from './rules-test.ts';

const RULES = `
groups:
- name: g
  labels: {team: x}
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
  - alert: Down
    expr: up == 0
    for: 2m
    keep_firing_for: 2m
    labels: {severity: page, who: "{{ $labels.job }}"}
    annotations: {summary: "{{ $labels.instance }} of {{ $externalLabels.dc }} is at {{ $value }}"}
`;

const test = (expected: string): string => `
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
- name: first
  interval: 1m
  external_labels: {dc: eu}
  input_series:
  - {series: 'up{job="j",instance="a"}', values: '1 0 0 0 0 1 1 1 1 1'}
  - {series: 'up{job="j",instance="b"}', values: '1x9'}
  - {series: 'h', values: '{{schema:0 sum:5 count:4 buckets:[1 2 1]}}x9'}
${expected}
`;

const alert = (time: string, alerts: string): string =>
  `  - eval_time: ${time}\n    alertname: Down\n    exp_alerts: ${alerts}\n`;
const FIRING =
  '[{exp_labels: {severity: page, who: j, job: j, instance: a, team: x}, exp_annotations: {summary: "a of eu is at 0"}}]';

describe('rules-test', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsanos-rules-test-'));
    await writeFile(join(folder, 'rules.yml'), RULES);
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function run(text: string): Promise<{ code: number; out: string; err: string }> {
    const file = join(folder, 'test.yml');
    await writeFile(file, text);
    let out = '';
    let err = '';
    const tools = {
      engine: scriptEngine(),
      stdout: (t: string) => void (out += t),
      stderr: (t: string) => void (err += t),
    };
    return { code: await runRulesTest([file], tools), out, err };
  }

  it('follows an alert from pending to firing to resolved', async () => {
    const times = [
      alert('2m', '[]'),
      alert('3m', FIRING),
      alert('4m30s', FIRING),
      // Up again at 5m, kept firing for 2m.
      alert('6m', FIRING),
      alert('7m', '[]'),
    ];
    const { code, out, err } = await run(test(`  alert_rule_test:\n${times.join('')}`));
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('SUCCESS');
  });

  it('evaluates expressions over input, recorded series and alerts', async () => {
    const exprs = `  promql_expr_test:
  - expr: job:up:sum
    eval_time: 2m
    exp_samples: [{labels: 'job:up:sum{job="j",team="x"}', value: 1}]
  - expr: ALERTS
    eval_time: 2m
    exp_samples:
    - {labels: 'ALERTS{alertname="Down",alertstate="pending",instance="a",job="j",severity="page",team="x",who="j"}', value: 1}
  - expr: ALERTS_FOR_STATE
    eval_time: 4m
    exp_samples:
    - {labels: 'ALERTS_FOR_STATE{alertname="Down",instance="a",job="j",severity="page",team="x",who="j"}', value: 60}
  - expr: h
    eval_time: 1m
    exp_samples: [{labels: h, histogram: '{{schema:0 sum:5 count:4 buckets:[1 2 1] counter_reset_hint:not_reset}}'}]
  - expr: count(up)
    eval_time: 1m
    exp_samples: [{labels: '{}', value: 2}]
`;
    expect(await run(test(exprs))).toMatchObject({ code: 0, err: '' });
  });

  it('shows what differs', async () => {
    const failing = await run(
      test(
        `  alert_rule_test:\n${alert('1m', FIRING)}  promql_expr_test:\n  - {expr: up, eval_time: 0, exp_samples: []}\n`,
      ),
    );
    expect(failing.code).toBe(1);
    expect(failing.err).toContain('name: first,');
    expect(failing.err).toContain('alertname: Down, time: 1m');
    expect(failing.err).toContain('got:[]');
    expect(failing.err).toContain('expr: "up", time: 0s,');
    expect(failing.err).toContain('{__name__="up", instance="a", job="j"} 1E+00');
  });

  it('refuses what it does not know', async () => {
    expect((await run('rule_files: [nosuch.yml]\ntests: []\n')).err).toContain('no file match pattern');
    expect((await run('tests: [{nme: x}]\n')).err).toContain('field nme not found');
  });
});
