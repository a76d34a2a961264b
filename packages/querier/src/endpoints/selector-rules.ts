import { TsanosError } from '@tsanos/bytes';
import { createRelabelConfig, relabel, type Labels, type RelabelConfig } from '@tsanos/model';
import { parseYamlConfig, type FileOrContent } from '@tsanos/runtime';
import { z } from 'zod';

const schema = z.array(z.looseObject({ action: z.string().optional() }));

/** Rules of `--selector.relabel-config`: keep, drop and hashmod, as for whole blocks. */
export async function readSelectorRules(option: Pick<FileOrContent, 'read' | 'source'>): Promise<RelabelConfig[]> {
  const text = await option.read();
  if (text === '') return [];
  return parseYamlConfig(text, schema, option.source).map((rule, i) => {
    const where = `${option.source}: rule ${i + 1}`;
    const config = ruleOf(rule, where);
    if (config.action !== 'keep' && config.action !== 'drop' && config.action !== 'hashmod') {
      throw new TsanosError(
        'bad-input',
        'selector-action',
        `${where}: action ${config.action} is not supported here: use keep, drop or hashmod`,
      );
    }
    return config;
  });
}

function ruleOf(rule: Parameters<typeof createRelabelConfig>[0], where: string): RelabelConfig {
  try {
    return createRelabelConfig(rule);
  } catch (error) {
    if (!(error instanceof TsanosError)) throw error;
    throw new TsanosError('bad-input', error.code, `${where}: ${error.message}`, error.fields, error);
  }
}

/**
 * The label sets of an endpoint that the rules keep: `all` when nothing is to be left out (also of one that announces none),
 * `none` when it is not to be asked.
 */
export function keptLabelSets(
  rules: readonly RelabelConfig[],
  labelSets: readonly Labels[],
): 'all' | 'none' | readonly Labels[] {
  if (rules.length === 0 || labelSets.length === 0) return 'all';
  const kept = labelSets.filter((labels) => relabel(rules, labels) !== undefined);
  if (kept.length === labelSets.length) return 'all';
  return kept.length === 0 ? 'none' : kept;
}
