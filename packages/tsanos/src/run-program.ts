import { helpText, parseCommandLine } from '@tsanos/runtime/options';
import { programSpec } from './program.ts';
import { buildInfo, versionText } from './version.ts';

/** Runs a command line to its end; gives the exit code. Help, version and complaints go to stderr, as in Thanos. */
export async function runProgram(name: string, args: readonly string[]): Promise<number> {
  const program = programSpec(name);
  const parsed = await parseCommandLine(program, args);
  const say = (text: string): boolean => process.stderr.write(text);
  switch (parsed.kind) {
    case 'help':
      say(await helpText(program, parsed.path));
      return 0;
    case 'version':
      say(versionText(name));
      return 0;
    case 'error':
      say(`${parsed.message}\n`);
      return 1;
    case 'usage':
      say(`${await helpText(program, parsed.path)}\n${parsed.message}\n`);
      return 2;
    case 'run': {
      const { runCommand } = await import('./run-command.ts');
      return runCommand(parsed.path, parsed.values, buildInfo());
    }
  }
}
