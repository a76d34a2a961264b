import { runRulesCheck } from '@tsanos/tools';
import { RULES_CHECK_OPTIONS } from '@tsanos/tools/options';
import type { Tool } from './tools.ts';

/** `tsanos tools rules-check`. */
export const runRulesCheckCommand: Tool = async (values, log) => {
  await runRulesCheck(values.part(RULES_CHECK_OPTIONS).get('rules'), log);
};
