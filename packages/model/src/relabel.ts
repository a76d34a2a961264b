import { createHash } from 'node:crypto';
import { TsanosError } from '@tsanos/bytes';
import { quote } from './label-text.ts';
import { Labels, type Label } from './labels.ts';
import { isLabelName } from './names.ts';
import { createExpandRegex, type ExpandRegex } from './regex-expand.ts';

export type RelabelAction =
  | 'replace'
  | 'keep'
  | 'drop'
  | 'keepequal'
  | 'dropequal'
  | 'hashmod'
  | 'labelmap'
  | 'labeldrop'
  | 'labelkeep'
  | 'lowercase'
  | 'uppercase';

const ACTIONS: ReadonlySet<string> = new Set<RelabelAction>([
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
]);
const DEFAULT_REGEX = '(.*)';
const DEFAULT_REPLACEMENT = '$1';
const DEFAULT_SEPARATOR = ';';

/** One rule as it stands in YAML; absent keys take Prometheus' defaults. */
export interface RelabelRule {
  readonly source_labels?: readonly string[] | undefined;
  readonly separator?: string | undefined;
  readonly regex?: string | undefined;
  readonly modulus?: number | bigint | undefined;
  readonly target_label?: string | undefined;
  readonly replacement?: string | undefined;
  readonly action?: string | undefined;
}

/** A checked rule. */
export interface RelabelConfig {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly pattern: string;
  readonly regex: ExpandRegex;
  readonly modulus: bigint;
  readonly targetLabel: string;
  readonly replacement: string;
  readonly validation: NameValidation;
}

/** Which label names are allowed: any UTF-8, or the old letters, digits and underscores. */
export type NameValidation = 'utf8' | 'legacy';

/** Checks a rule and compiles its regex; throws bad-input with Prometheus' text. */
export function createRelabelConfig(rule: RelabelRule, validation: NameValidation = 'utf8'): RelabelConfig {
  const action = (rule.action ?? 'replace').toLowerCase();
  if (!ACTIONS.has(action)) throw bad(`unknown relabel action ${quote(action)}`);
  const config: RelabelConfig = {
    action: action as RelabelAction,
    sourceLabels: rule.source_labels ?? [],
    separator: rule.separator ?? DEFAULT_SEPARATOR,
    pattern: rule.regex ?? DEFAULT_REGEX,
    regex: createExpandRegex(rule.regex ?? DEFAULT_REGEX),
    modulus: BigInt(rule.modulus ?? 0),
    targetLabel: rule.target_label ?? '',
    replacement: rule.replacement ?? DEFAULT_REPLACEMENT,
    validation,
  };
  for (const name of config.sourceLabels) {
    if (!isLabelName(name, 'utf8')) throw bad(`${quote(name)} is not a valid label name`);
  }
  check(config, validation);
  return config;
}

/** Prometheus' `relabel.Config.Validate`. */
function check(config: RelabelConfig, validation: NameValidation): void {
  const { action, targetLabel, replacement } = config;
  const onlyRegexDefaults = config.pattern === DEFAULT_REGEX;
  const needsTarget =
    action === 'replace' ||
    action === 'lowercase' ||
    action === 'uppercase' ||
    action === 'keepequal' ||
    action === 'dropequal' ||
    action === 'hashmod';
  if (action === 'hashmod' && config.modulus === 0n)
    throw bad('relabel configuration for hashmod requires non-zero modulus');
  if (needsTarget && targetLabel === '')
    throw bad(`relabel configuration for ${action} action requires 'target_label' value`);
  if (action === 'replace' && !targetLabel.includes('$') && !isLabelName(targetLabel, validation))
    throw badTarget(targetLabel, action);
  if (action === 'replace' && targetLabel.includes('$') && !isTemplateName(targetLabel, validation))
    throw badTarget(targetLabel, action);
  if (action !== 'replace' && needsTarget && !isLabelName(targetLabel, validation))
    throw badTarget(targetLabel, action);
  if (
    (action === 'lowercase' || action === 'uppercase' || action === 'keepequal' || action === 'dropequal') &&
    replacement !== DEFAULT_REPLACEMENT
  ) {
    throw bad(`'replacement' can not be set for ${action} action`);
  }
  if (action === 'labelmap' && !isTemplateName(replacement, validation))
    throw bad(`${quote(replacement)} is invalid 'replacement' for labelmap action`);
  if (
    (action === 'keepequal' || action === 'dropequal') &&
    (!onlyRegexDefaults || config.modulus !== 0n || config.separator !== DEFAULT_SEPARATOR)
  ) {
    throw bad(`${action} action requires only 'source_labels' and \`target_label\`, and no other fields`);
  }
  if (action === 'labeldrop' || action === 'labelkeep') {
    const others =
      config.sourceLabels.length > 0 ||
      targetLabel !== '' ||
      config.modulus !== 0n ||
      config.separator !== DEFAULT_SEPARATOR ||
      replacement !== DEFAULT_REPLACEMENT;
    if (others) throw bad(`${action} action requires only 'regex', and no other fields`);
  }
}

/** A name that may hold `$1` or `${name}`. */
function isTemplateName(name: string, validation: NameValidation): boolean {
  if (validation === 'utf8') return name !== '' && name.isWellFormed();
  return /^(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+$/.test(name);
}

function bad(message: string): TsanosError {
  return new TsanosError('bad-input', 'bad-relabel-config', message);
}

function badTarget(name: string, action: string): TsanosError {
  return bad(`${quote(name)} is invalid 'target_label' for ${action} action`);
}

/** Applies the rules in order; undefined when one drops the set. */
export function relabel(configs: readonly RelabelConfig[], labels: Labels): Labels | undefined {
  const map = new Map<string, string>([...labels].filter(([, value]) => value !== ''));
  for (const config of configs) if (!apply(config, map)) return undefined;
  return Labels.from(map);
}

/** False = dropped. */
function apply(config: RelabelConfig, labels: Map<string, string>): boolean {
  const { action, regex, targetLabel } = config;
  const value = config.sourceLabels.map((name) => labels.get(name) ?? '').join(config.separator);
  switch (action) {
    case 'drop':
      return !regex.matches(value);
    case 'keep':
      return regex.matches(value);
    case 'dropequal':
      return (labels.get(targetLabel) ?? '') !== value;
    case 'keepequal':
      return (labels.get(targetLabel) ?? '') === value;
    case 'replace':
      replace(config, value, labels);
      return true;
    case 'lowercase':
      set(
        labels,
        targetLabel,
        mapCharacters(value, (c) => c.toLowerCase()),
      );
      return true;
    case 'uppercase':
      set(
        labels,
        targetLabel,
        mapCharacters(value, (c) => c.toUpperCase()),
      );
      return true;
    case 'hashmod':
      set(labels, targetLabel, String(md5Tail(value) % config.modulus));
      return true;
    case 'labelmap':
      for (const [name, content] of [...labels] as Label[]) {
        const mapped = regex.expand(name, config.replacement);
        if (mapped !== undefined) set(labels, mapped, content);
      }
      return true;
    case 'labeldrop':
      for (const name of [...labels.keys()]) if (regex.matches(name)) labels.delete(name);
      return true;
    case 'labelkeep':
      for (const name of [...labels.keys()]) if (!regex.matches(name)) labels.delete(name);
      return true;
  }
}

function replace(config: RelabelConfig, value: string, labels: Map<string, string>): void {
  const target = config.regex.expand(value, config.targetLabel);
  if (target === undefined) return;
  // A name that the match made invalid is skipped, not refused.
  if (!isLabelName(target, config.validation)) return;
  const result = config.regex.expand(value, config.replacement) ?? '';
  set(labels, target, result);
}

/** Go maps case character by character: what would become several (ß) stays, but İ has i as its lower case. */
function mapCharacters(text: string, map: (character: string) => string): string {
  return Array.from(text, (c) => {
    const mapped = map(c);
    if ([...mapped].length === 1) return mapped;
    return c === 'İ' ? mapped[0] : c;
  }).join('');
}

/** An empty value is no label. */
function set(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** The last eight bytes of the MD5, big-endian. */
function md5Tail(value: string): bigint {
  return createHash('md5').update(value).digest().readBigUInt64BE(8);
}
