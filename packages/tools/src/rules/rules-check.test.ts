import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogFields, type Logger, silentLogger } from '@tsanos/bytes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRuleFile } from './rule-file.ts';
import { runRulesCheck } from './rules-check.ts';

const GOOD = `
groups:
- name: g
  interval: 30s
  partial_response_strategy: abort
  labels: {team: x}
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
  - alert: Down
    expr: up == 0
    for: 5m
    labels: {severity: page}
    annotations: {summary: "{{ $labels.instance }} is down"}
`;

const rules = (rule: string): string => `groups:\n- name: g\n  rules:\n  - ${rule}\n`;

describe('rule files', () => {
  it('read groups and rules', () => {
    const [group] = parseRuleFile(GOOD);
    expect(group).toMatchObject({ name: 'g', intervalMs: 30_000, labels: { team: 'x' } });
    expect(group.rules[1]).toMatchObject({ alert: 'Down', forMs: 300_000, labels: { severity: 'page' } });
  });

  it.each([
    [
      '{record: "a b", expr: "sum("}',
      '0:0: group "g", rule 0, "a b": could not parse expression: 1:5: parse error: unclosed left parenthesis',
    ],
    ['{record: a, alert: b, expr: up}', "only one of 'record' and 'alert' must be set"],
    ['{expr: up}', "one of 'record' or 'alert' must be set"],
    ['{record: a}', "field 'expr' must be set in rule"],
    ['{record: a, expr: up, for: 5m}', "invalid field 'for' in recording rule"],
    ['{record: "a{b}", expr: up}', 'braces present in the recording rule name; should it be in expr?: a{b}'],
    ['{alert: a, expr: up, labels: {__name__: x}}', 'invalid label name: __name__'],
    ['{alert: a, expr: up, annotations: {"x-y": x}}', 'invalid annotation name: x-y'],
    ['{alert: a, expr: up, foo: 1}', 'yaml: unmarshal errors:\n  line 4: field foo not found in type rulefmt.Rule'],
    ['{alert: a, expr: up, for: 5x}', 'line 4: unknown unit "x" in duration "5x"'],
  ])('refuse %s', (rule, message) => {
    expect(() => parseRuleFile(rules(rule))).toThrow(message);
  });

  it('refuse what is wrong with groups', () => {
    expect(() => parseRuleFile('groups: [{name: a}, {name: a}]')).toThrow(
      '0:0: groupname: "a" is repeated in the same file',
    );
    expect(() => parseRuleFile('groups: [{rules: []}]')).toThrow('Groupname must not be empty');
    expect(() => parseRuleFile('groups: [{name: a, partial_response_strategy: nope}]')).toThrow(
      `failed to unmarshal "nope" as 'partial_response_strategy'. Possible values are ABORT,WARN`,
    );
    expect(() => parseRuleFile('groups: [')).toThrow('yaml: line 1');
  });
});

describe('rules-check', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsanos-rules-'));
    await writeFile(join(folder, 'good.yml'), GOOD);
    await writeFile(join(folder, 'bad.yml'), rules('{record: x, expr: "sum("}'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('logs each file and fails for what would not load', async () => {
    const lines: LogFields[] = [];
    const note = (_: string, fields: LogFields = {}): void => void lines.push(fields);
    const logger: Logger = { ...silentLogger, info: note, error: note };
    await runRulesCheck([join(folder, 'good.yml')], logger);
    expect(lines.at(-1)).toEqual({ result: 'SUCCESS', rulesfound: 2 });
    await expect(runRulesCheck([join(folder, '*.yml')], logger)).rejects.toThrow('could not parse expression');
    await expect(runRulesCheck([join(folder, 'none*')], logger)).rejects.toThrow('matching file not found');
  });

  it('names the label or annotation whose template does not parse', async () => {
    const file = join(folder, 'template.yaml');
    await writeFile(file, rules('{alert: A, expr: up, annotations: {summary: "{{ $labels.x "}}'));
    await expect(runRulesCheck([file], silentLogger)).rejects.toThrow('annotation "summary": ');
  });
});
