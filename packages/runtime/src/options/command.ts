import type { Option } from '../option.ts';

/** A command of the program, or a group of commands (`tools bucket`). */
export interface CommandSpec {
  readonly name: string;
  readonly help: string;
  /** Loaded when the command was named; none for a group. */
  readonly options?: () => Promise<readonly Option[]>;
  readonly commands?: readonly CommandSpec[];
}

/** The program with the options that every command takes. */
export interface ProgramSpec {
  /** As the user called it: in messages and usage. */
  readonly name: string;
  readonly help: string;
  readonly options: readonly Option[];
  readonly commands: readonly CommandSpec[];
  /** Commands of Thanos that are not here yet: named so, not as unknown. */
  readonly planned?: readonly string[];
}

/** `-h` and `--version`, which every command takes and which end the run. */
export const HELP_OPTION: Option = {
  name: 'help',
  short: 'h',
  type: 'bool',
  help: 'Print this help and exit.',
  status: 'works',
};
export const VERSION_OPTION: Option = {
  name: 'version',
  type: 'bool',
  help: 'Print the version and exit.',
  status: 'works',
};

/** All commands that can be run, depth first, with their full names. */
export function* leafCommands(
  commands: readonly CommandSpec[],
  path: readonly string[] = [],
): Iterable<{ path: string[]; command: CommandSpec }> {
  for (const command of commands) {
    const own = [...path, command.name];
    if (command.commands === undefined) yield { path: own, command };
    else yield* leafCommands(command.commands, own);
  }
}
