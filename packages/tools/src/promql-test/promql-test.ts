import { readFile } from 'node:fs/promises';
import { type ScriptEngine, type ScriptFailure, runScript, scriptEngine } from '@tsanos/promql';

/** Where a command of `tsanos tools` writes. */
export interface ToolOutput {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * `tsanos tools promql-test FILE…`: runs Prometheus' promqltest scripts and prints each failure with file, line, what was
 * expected and what came. Gives the exit code: 1 when anything failed or a file could not be read.
 */
export async function runPromqlTest(
  files: readonly string[],
  output: ToolOutput,
  engine: ScriptEngine = scriptEngine(),
): Promise<number> {
  if (files.length === 0) {
    output.stderr('promql-test: name at least one script, as in: tsanos tools promql-test FILE…\n');
    return 1;
  }
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      output.stderr(`promql-test: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
      failed++;
      continue;
    }
    const report = await runScript(file, text, engine);
    for (const failure of report.failures) output.stdout(failureText(failure));
    passed += report.passed;
    failed += report.failures.length;
    output.stdout(`${file}: ${report.passed} passed, ${report.failures.length} failed\n`);
  }
  if (files.length > 1) output.stdout(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function failureText({ file, line, query, expected, got }: ScriptFailure): string {
  const shown = query === '' ? '' : ` ${query}`;
  return `${file}:${line}:${shown}\n  expected: ${indent(expected)}\n  got:      ${indent(got)}\n`;
}

const indent = (text: string): string => text.replaceAll('\n', '\n            ');
