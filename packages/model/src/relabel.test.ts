import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createRelabelConfig, Labels, relabel, type Label, type NameValidation, type RelabelRule } from './index.ts';
import { goldenAvailable, goldenLines } from './testing/index.ts';

interface Row {
  yaml: string;
  validation: NameValidation;
  error?: string;
  cases?: { in: Label[]; keep: boolean; out?: Label[] }[];
}

/** Errors of Go's YAML decoder, which the loader of the file reports, not the rule. */
const OF_THE_LOADER = /^yaml: |empty or null/;

describe('relabel', () => {
  it('replaces, keeps and drops', () => {
    const rules = [
      createRelabelConfig({ source_labels: ['a'], regex: '(.)(.*)', replacement: '${2}$1', target_label: 'b' }),
      createRelabelConfig({ action: 'drop', source_labels: ['b'], regex: 'x.*' }),
    ];
    expect(relabel(rules, Labels.from({ a: 'foo' }))?.toJSON()).toEqual({ a: 'foo', b: 'oof' });
    expect(relabel(rules, Labels.from({ a: 'ax' }))).toBeUndefined();
  });

  it.skipIf(!goldenAvailable())('golden', () => {
    const wrong: string[] = [];
    for (const row of goldenLines<Row>('tsdb', 'values', 'relabel.jsonl.gz')) {
      if (row.error !== undefined && OF_THE_LOADER.test(row.error)) continue;
      let configs;
      try {
        const rules = parse(row.yaml, { intAsBigInt: true }) as Record<string, unknown>[];
        configs = rules.map((rule) => createRelabelConfig(asRule(rule), row.validation));
        if (row.error !== undefined) wrong.push(`${row.yaml} [${row.validation}]: no error, expected ${row.error}`);
      } catch (error) {
        if ((error as Error).message !== row.error)
          wrong.push(`${row.yaml} [${row.validation}]: ${(error as Error).message}, expected ${row.error}`);
        continue;
      }
      for (const one of row.cases ?? []) {
        const result = relabel(configs, Labels.fromSorted(one.in));
        if ((result !== undefined) !== one.keep) wrong.push(`${row.yaml}: keep of ${JSON.stringify(one.in)}`);
        else if (result !== undefined && JSON.stringify([...result]) !== JSON.stringify(one.out))
          wrong.push(`${row.yaml}: ${JSON.stringify([...result])} expected ${JSON.stringify(one.out)}`);
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
  });
});

/** YAML scalars of other types stand for their text, as Go's decoder has it. */
function asRule(rule: Record<string, unknown>): RelabelRule {
  const text = (value: unknown): string | undefined =>
    value === undefined || value === null ? undefined : String(value);
  return {
    source_labels: (rule['source_labels'] as unknown[] | undefined)?.map(String),
    separator: text(rule['separator']),
    regex: rule['regex'] === null ? '' : text(rule['regex']),
    target_label: text(rule['target_label']),
    replacement: text(rule['replacement']),
    action: text(rule['action']),
    modulus: rule['modulus'] as bigint | undefined,
  };
}
