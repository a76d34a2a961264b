import { glob, readFile } from 'node:fs/promises';
import { type Logger, TsanosError } from '@tsanos/bytes';
import { type RuleFileOptions, parseRuleFile } from './rule-file.ts';
import { checkAlertTemplate } from './template/template.ts';

/**
 * `tsanos tools rules-check --rules=GLOB …`: reads every file that matches and says for each whether Prometheus would load
 * it. Throws a bad-input error with all problems when one would not, or when a pattern matches nothing.
 */
export async function runRulesCheck(
  patterns: readonly string[],
  logger: Logger,
  options: RuleFileOptions = {},
): Promise<void> {
  const problems: string[] = [];
  for (const pattern of patterns) {
    logger.info('checking', { pattern });
    const files: string[] = [];
    for await (const file of glob(pattern)) files.push(file);
    if (files.length === 0) {
      problems.push('matching file not found');
      logger.error('', { result: 'FAILED', error: 'matching file not found' });
    }
    for (const filename of files.sort()) await checkFile(filename, logger, options, problems);
  }
  if (problems.length === 0) return;
  const message = problems.length === 1 ? problems[0] : `${problems.length} errors: ${problems.join('; ')}`;
  throw new TsanosError('bad-input', 'rules-check', message);
}

async function checkFile(
  filename: string,
  logger: Logger,
  options: RuleFileOptions,
  problems: string[],
): Promise<void> {
  logger.info('checking', { filename });
  try {
    const groups = parseRuleFile(await readFile(filename, 'utf8'), { checkTemplate: checkAlertTemplate, ...options });
    logger.info('', { result: 'SUCCESS', rulesfound: groups.reduce((sum, { rules }) => sum + rules.length, 0) });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    logger.error('', { result: 'FAILED' });
    logger.error('', { error: text });
    problems.push(text);
  }
}
