import { createRelabelConfig, Labels } from '@tsanos/model';
import { describe, expect, it } from 'vitest';
import { keptLabelSets, readSelectorRules } from './selector-rules.ts';

const option = (text: string) => ({ source: '--selector.relabel-config', read: () => Promise.resolve(text) });
const eu = Labels.from({ cluster: 'eu' });
const us = Labels.from({ cluster: 'us' });

describe('--selector.relabel-config', () => {
  it('keeps all, none or a part of what an endpoint announces', () => {
    const rules = [createRelabelConfig({ action: 'keep', source_labels: ['cluster'], regex: 'eu' })];
    expect(keptLabelSets(rules, [eu])).toBe('all');
    expect(keptLabelSets(rules, [us])).toBe('none');
    expect(keptLabelSets(rules, [eu, us])).toEqual([eu]);
    expect(keptLabelSets(rules, [])).toBe('all');
    expect(keptLabelSets([], [us])).toBe('all');
  });

  it('reads rules and names the one that is wrong', async () => {
    expect(await readSelectorRules(option(''))).toEqual([]);
    const [rule] = await readSelectorRules(option('- action: drop\n  source_labels: [cluster]\n  regex: us\n'));
    expect(rule.action).toBe('drop');
    await expect(readSelectorRules(option('- action: labelmap\n  regex: a\n'))).rejects.toThrow(
      /rule 1: action labelmap is not supported here/,
    );
  });
});
