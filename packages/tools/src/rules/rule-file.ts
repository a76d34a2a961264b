import { TsanosError } from '@tsanos/bytes';
import { isLegacyLabelName, parseDuration, quote } from '@tsanos/model';
import { ALL_FEATURES, type Expr, type ParserFeatures, parse } from '@tsanos/promql';
import type { Node } from 'yaml';
import { YamlReader } from './yaml-reader.ts';

/** A recording or alerting rule; times in ms. */
export interface Rule {
  readonly record: string;
  readonly alert: string;
  readonly text: string;
  readonly expr: Expr;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  /** Undefined: the default of the server. */
  readonly intervalMs: number | undefined;
  readonly queryOffsetMs: number;
  /** Most series of a recording rule, or active alerts of an alerting rule; 0 = no limit. */
  readonly limit: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
}

const FILE_FIELDS = new Set(['groups']);
const GROUP_FIELDS = new Set([
  'name',
  'interval',
  'query_offset',
  'limit',
  'labels',
  'rules',
  'partial_response_strategy',
]);
const RULE_FIELDS = new Set(['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations']);
/** What Thanos' decoder calls a group. */
const GROUP_TYPE =
  'struct { RuleGroup rulefmt.RuleGroup "yaml:\\",inline\\""; Strategy string "yaml:\\"partial_response_strategy\\"" }';

/** Checks a template text; throws when it cannot be parsed. */
export type CheckTemplate = (text: string) => void;

/** Settings of `parseRuleFile`. */
export interface RuleFileOptions {
  readonly features?: ParserFeatures;
  readonly checkTemplate?: CheckTemplate;
}

/**
 * Reads a file of rules in Prometheus' format, with Thanos' `partial_response_strategy`. Unknown keys are errors. Throws a
 * bad-input error with the text of Thanos' `tools rules-check`, all problems of the file in it.
 */
export function parseRuleFile(text: string, options: RuleFileOptions = {}): RuleGroup[] {
  const reader = new YamlReader(text);
  const problems: string[] = [];
  const file = reader.fields(reader.root, FILE_FIELDS, 'rules.configGroups');
  const names = new Set<string>();
  const groups = reader.list(file.get('groups'), 'rulefmt.RuleGroup').map((node) => {
    const group = readGroup(reader, node, options, problems);
    if (group.name === '') problems.push('0:0: Groupname must not be empty');
    if (names.has(group.name)) problems.push(`0:0: groupname: "${group.name}" is repeated in the same file`);
    names.add(group.name);
    return group;
  });
  reader.finish();
  if (problems.length > 0) {
    const message = problems.length === 1 ? problems[0] : `${problems.length} errors: ${problems.join('; ')}`;
    throw new TsanosError('bad-input', 'rule-file', message);
  }
  return groups;
}

function readGroup(reader: YamlReader, node: Node, options: RuleFileOptions, problems: string[]): RuleGroup {
  const fields = reader.fields(node, GROUP_FIELDS, GROUP_TYPE);
  const name = reader.text(fields.get('name'));
  checkStrategy(reader.text(fields.get('partial_response_strategy')));
  const labels = reader.texts(fields.get('labels'));
  for (const label of Object.keys(labels)) {
    if (!validLabel(label)) problems.push(`0:0: group ${quote(name)}: invalid label name: ${label}`);
  }
  const rules = reader.list(fields.get('rules'), 'rulefmt.Rule').map((rule, i) => {
    const before = problems.length;
    const read = readRule(reader, rule, options, problems);
    const where = `0:0: group ${quote(name)}, rule ${i}, ${quote(read.record || read.alert)}`;
    for (let k = before; k < problems.length; k++) problems[k] = `${where}: ${problems[k]}`;
    return read;
  });
  return {
    name,
    intervalMs: fields.has('interval') ? duration(reader, fields.get('interval')) : undefined,
    queryOffsetMs: duration(reader, fields.get('query_offset')),
    limit: Number(reader.text(fields.get('limit')) || 0),
    labels,
    rules,
  };
}

function checkStrategy(strategy: string): void {
  if (strategy === '' || /^(abort|warn)$/i.test(strategy)) return;
  const values = 'Possible values are ABORT,WARN';
  const message = `failed to unmarshal ${quote(strategy)} as 'partial_response_strategy'. ${values}`;
  throw new TsanosError('bad-input', 'rule-file', message);
}

function duration(reader: YamlReader, node: Node | undefined): number {
  const text = reader.text(node);
  if (text === '') return 0;
  try {
    return parseDuration(text);
  } catch (error) {
    reader.problem(node, error instanceof Error ? error.message : String(error));
    return 0;
  }
}

const NO_EXPR: Expr = { kind: 'number', value: 0, duration: false, pos: { start: 0, end: 0 } };

function readRule(reader: YamlReader, node: Node, options: RuleFileOptions, problems: string[]): Rule {
  const fields = reader.fields(node, RULE_FIELDS, 'rulefmt.Rule');
  const record = reader.text(fields.get('record'));
  const alert = reader.text(fields.get('alert'));
  const text = reader.text(fields.get('expr'));
  const labels = reader.texts(fields.get('labels'));
  const annotations = reader.texts(fields.get('annotations'));
  const forMs = duration(reader, fields.get('for'));
  const keepFiringForMs = duration(reader, fields.get('keep_firing_for'));
  if (record !== '' && alert !== '') problems.push("only one of 'record' and 'alert' must be set");
  if (record === '' && alert === '') problems.push("one of 'record' or 'alert' must be set");
  const expr = readExpr(text, options, problems);
  const rule = { record, alert, text, expr, forMs, keepFiringForMs, labels, annotations };
  if (record !== '') checkRecording(rule, problems);
  checkNames(rule, problems);
  if (alert !== '' && options.checkTemplate !== undefined) checkTemplates(rule, options.checkTemplate, problems);
  return rule;
}

function readExpr(text: string, { features }: RuleFileOptions, problems: string[]): Expr {
  if (text === '') {
    problems.push("field 'expr' must be set in rule");
    return NO_EXPR;
  }
  try {
    return parse(text, features ?? ALL_FEATURES);
  } catch (error) {
    problems.push(`could not parse expression: ${error instanceof Error ? error.message : String(error)}`);
    return NO_EXPR;
  }
}

function checkRecording({ record, annotations, forMs, keepFiringForMs }: Rule, problems: string[]): void {
  if (Object.keys(annotations).length > 0) problems.push("invalid field 'annotations' in recording rule");
  if (forMs !== 0) problems.push("invalid field 'for' in recording rule");
  if (keepFiringForMs !== 0) problems.push("invalid field 'keep_firing_for' in recording rule");
  if (/[{}]/.test(record)) {
    problems.push(`braces present in the recording rule name; should it be in expr?: ${record}`);
  } else if (!record.isWellFormed()) problems.push(`invalid recording rule name: ${record}`);
}

const validLabel = (name: string): boolean => name !== '' && name.isWellFormed() && name !== '__name__';

function checkNames({ labels, annotations }: Rule, problems: string[]): void {
  for (const name of Object.keys(labels)) if (!validLabel(name)) problems.push(`invalid label name: ${name}`);
  for (const name of Object.keys(annotations)) {
    if (!isLegacyLabelName(name)) problems.push(`invalid annotation name: ${name}`);
  }
}

function checkTemplates({ labels, annotations }: Rule, check: CheckTemplate, problems: string[]): void {
  for (const [kind, texts] of [
    ['label', labels],
    ['annotation', annotations],
  ] as const) {
    for (const [name, text] of Object.entries(texts)) {
      try {
        check(text);
      } catch (error) {
        problems.push(`${kind} ${quote(name)}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
