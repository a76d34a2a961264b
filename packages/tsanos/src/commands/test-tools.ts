import { TsanosError } from '@tsanos/bytes';
import { scriptEngine } from '@tsanos/promql';
import { runPromqlTest, runRulesTest } from '@tsanos/tools';
import { PROMQL_TEST_OPTIONS, RULES_TEST_OPTIONS } from '@tsanos/tools/options';
import type { Tool } from './tools.ts';

const output = {
  stdout: (text: string): void => void process.stdout.write(text),
  stderr: (text: string): void => void process.stderr.write(text),
};

/** `tsanos tools promql-test`. */
export const runPromqlTestCommand: Tool = async (values) => {
  failUnless(await runPromqlTest(values.part(PROMQL_TEST_OPTIONS).get('file'), output));
};

/** `tsanos tools rules-test`. */
export const runRulesTestCommand: Tool = async (values) => {
  const options = values.part(RULES_TEST_OPTIONS);
  const run = options.get('run');
  const tools = { engine: scriptEngine(), ...output, ...(run === undefined ? {} : { run: new RegExp(run) }) };
  failUnless(await runRulesTest(options.get('file'), tools));
};

/** A tool that printed what is wrong ends with exit code 1. */
function failUnless(code: number): void {
  if (code !== 0) throw new TsanosError('bad-input', 'tests-failed', 'there are failures, see above');
}
