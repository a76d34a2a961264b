import { TsanosError, type Logger } from '@tsanos/bytes';
import { createLogger, flagsOf, type BuildInfo, type OptionValues } from '@tsanos/runtime';
import { COMMON_OPTIONS } from '@tsanos/runtime/options';
import { COMPONENT_COMMANDS } from './commands/components.ts';
import { runComponents } from './run-components.ts';
import { runTool } from './commands/tools.ts';

/** Runs a command whose line was read; gives the exit code. A failure is one line of log, worded as in Thanos. */
export async function runCommand(path: readonly string[], values: OptionValues, build: BuildInfo): Promise<number> {
  const name = path.join(' ');
  const common = values.part(COMMON_OPTIONS);
  const log = createLogger({
    level: common.get('log.level'),
    format: common.get('log.format'),
    name: common.get('debug.name'),
  });
  // An error that nobody caught leaves the process in an unknown state: say so in the log's form and end.
  process.once('uncaughtException', (error) => {
    logFailure(log, error, 'stopped by a fault of this program');
    process.exit(1);
  });
  try {
    refuseNotYet(values);
    if (await runTool(name, values, log)) return 0;
    const component = COMPONENT_COMMANDS.get(name);
    if (component === undefined)
      throw new TsanosError('internal', 'command-unknown', `command ${name} has no implementation`);
    await runComponents(name, component, values, log, build);
    return 0;
  } catch (error) {
    logFailure(log, error, `preparing ${name} command failed`);
    return 1;
  }
}

/** A flag that is accepted and then ignored would be a lie: what does not work yet stops the start. */
function refuseNotYet(values: OptionValues): void {
  const flags = values.notYet().map((option) =>
    flagsOf(option)
      .map((flag) => `--${flag}`)
      .join(' / '),
  );
  if (flags.length === 0) return;
  throw new TsanosError(
    'unsupported',
    'flag-not-yet',
    `not supported yet: ${flags.join(', ')}. Start without ${flags.length === 1 ? 'it' : 'them'} only if you can do without what ${flags.length === 1 ? 'it does' : 'they do'}`,
  );
}

/** Logs an error with its causes, and what was being done last. */
export function logFailure(log: Logger, error: unknown, doing: string): void {
  const messages: string[] = [];
  for (let one: unknown = error; one instanceof Error && messages.length < 10; one = one.cause)
    messages.push(one.message);
  if (messages.length === 0) messages.push(String(error));
  log.error('', { err: [...messages.toReversed(), doing].join('\n') });
  if (!(error instanceof TsanosError) && error instanceof Error)
    log.debug('stack of the failure', { stack: error.stack ?? '' });
}
