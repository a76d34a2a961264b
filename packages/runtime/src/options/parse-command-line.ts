import type { Option } from '../option.ts';
import { HELP_OPTION, VERSION_OPTION, type CommandSpec, type ProgramSpec } from './command.ts';
import { nearestName } from './nearest.ts';
import { flagsOf, OptionValues } from './option-values.ts';
import { TokenReader } from './tokens.ts';

/** What a command line asks for. */
export type Parsed =
  | {
      readonly kind: 'run';
      readonly path: readonly string[];
      readonly command: CommandSpec;
      readonly values: OptionValues;
      readonly options: readonly Option[];
    }
  | { readonly kind: 'help'; readonly path: readonly string[] }
  | { readonly kind: 'version' }
  /** One line, exit 1. */
  | { readonly kind: 'error'; readonly message: string }
  /** Usage of the command, then the message, exit 2. */
  | { readonly kind: 'usage'; readonly path: readonly string[]; readonly message: string };

/** Where the reading of a command line stands. */
interface State {
  readonly path: string[];
  commands: readonly CommandSpec[] | undefined;
  command: CommandSpec | undefined;
  readonly options: Option[];
  /** Flags by name. */
  readonly flags: Map<string, Option>;
  readonly given: Map<string, string[]>;
}

class LineError extends Error {}

/** Reads a command line by the rules, and with the messages and exit codes, of Thanos. */
export async function parseCommandLine(
  program: ProgramSpec,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Parsed> {
  const state: State = {
    path: [],
    commands: program.commands,
    command: undefined,
    options: [],
    flags: new Map(),
    given: new Map(),
  };
  addOptions(state, [HELP_OPTION, VERSION_OPTION, ...program.options]);
  if (args.length === 0) return { kind: 'help', path: [] };
  try {
    const helped = await readLine(program, state, new TokenReader(args));
    if (helped !== undefined) return { kind: 'help', path: helped };
  } catch (error) {
    return {
      kind: 'error',
      message: `${program.name}: error: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  if (state.given.has('help')) return { kind: 'help', path: state.path };
  if (state.given.has('version')) return { kind: 'version' };
  return finish(program, state, args, env);
}

async function readLine(program: ProgramSpec, state: State, tokens: TokenReader): Promise<string[] | undefined> {
  for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
    if (token.kind === 'long') {
      readLong(state, tokens, token.text);
    } else if (token.kind === 'short') {
      readShort(state, tokens, token.text);
    } else if (state.commands === undefined) {
      readArgument(state, token.text);
    } else if (state.command === undefined && token.text === 'help') {
      return readHelp(state.commands, tokens);
    } else {
      await select(program, state, token.text);
    }
  }
  return undefined;
}

/** An argument without flag: for the first that has room for it. */
function readArgument(state: State, text: string): void {
  const option = state.options.find(
    (one) => one.positional === true && (one.repeated === true || !state.given.has(one.name)),
  );
  if (option === undefined) throw new LineError(`unexpected ${text}`);
  give(state, option.name, text);
}

/** `help [command…]`. */
function readHelp(commands: readonly CommandSpec[], tokens: TokenReader): string[] {
  const path: string[] = [];
  let here: readonly CommandSpec[] | undefined = commands;
  for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
    const found: CommandSpec | undefined = here?.find((command) => command.name === token.text);
    if (found === undefined) throw new LineError(`unknown command '${[...path, token.text].join(' ')}'`);
    path.push(found.name);
    here = found.commands;
  }
  return path;
}

async function select(program: ProgramSpec, state: State, name: string): Promise<void> {
  const command = state.commands?.find((one) => one.name === name);
  if (command === undefined) {
    if (state.path.length === 0 && program.planned?.includes(name) === true) {
      throw new LineError(`command ${JSON.stringify(name)} is not supported yet: keep running Thanos' own`);
    }
    const near = nearestName(name, state.commands?.map((one) => one.name) ?? []);
    throw new LineError(
      `expected command but got ${JSON.stringify(name)}${near === undefined ? '' : `, did you mean ${JSON.stringify(near)}?`}`,
    );
  }
  state.path.push(name);
  state.command = command;
  state.commands = command.commands;
  if (command.options !== undefined) addOptions(state, await command.options());
}

function addOptions(state: State, options: readonly Option[]): void {
  for (const option of options) {
    state.options.push(option);
    for (const flag of flagsOf(option)) state.flags.set(flag, option);
  }
}

function readLong(state: State, tokens: TokenReader, name: string): void {
  const option = state.flags.get(name);
  if (option !== undefined) {
    if (option.type === 'bool') give(state, name, 'true');
    else give(state, name, valueOf(tokens, `--${name}`));
    return;
  }
  const positive = name.startsWith('no-') ? state.flags.get(name.slice(3)) : undefined;
  if (positive?.type === 'bool') {
    give(state, positive.name, 'false');
    return;
  }
  throw new LineError(`unknown long flag '--${name}'${hint(state, name)}`);
}

function readShort(state: State, tokens: TokenReader, letters: string): void {
  const letter = letters[0]!;
  const option = state.options.find((one) => one.short === letter);
  if (option === undefined) throw new LineError(`unknown short flag '-${letter}'`);
  const rest = letters.slice(1);
  if (option.type === 'bool') {
    give(state, option.name, 'true');
    if (rest !== '') tokens.push({ kind: 'short', text: rest });
  } else {
    give(state, option.name, rest === '' ? valueOf(tokens, `-${letter}`) : rest);
  }
}

function valueOf(tokens: TokenReader, flag: string): string {
  const token = tokens.next();
  if (token?.kind !== 'argument') throw new LineError(`expected argument for flag '${flag}'`);
  return token.text;
}

function give(state: State, flag: string, text: string): void {
  const texts = state.given.get(flag);
  if (texts === undefined) state.given.set(flag, [text]);
  else texts.push(text);
}

function hint(state: State, name: string): string {
  const near = nearestName(name, state.flags.keys());
  // `--no-x` of an x that is no boolean: naming x would not help.
  return near === undefined || name === `no-${near}` ? '' : `, did you mean '--${near}'?`;
}

function finish(program: ProgramSpec, state: State, args: readonly string[], env: NodeJS.ProcessEnv): Parsed {
  const refuse = (message: string): Parsed => ({
    kind: 'usage',
    path: state.path,
    message: `error parsing commandline arguments: [${[program.name, ...args].join(' ')}]: ${message}`,
  });
  if (state.command === undefined) return refuse('command not specified');
  if (state.command.commands !== undefined) return refuse(`must select a subcommand of '${state.path.join(' ')}'`);
  const once = state.options.find(
    (option) =>
      option.repeated !== true &&
      option.type !== 'bool' &&
      flagsOf(option).some((flag) => (state.given.get(flag)?.length ?? 0) > 1),
  );
  if (once !== undefined) return refuse(`flag '${once.name}' cannot be repeated`);
  const argument = state.options.find(
    (one) => one.positional === true && one.required === true && !state.given.has(one.name),
  );
  if (argument !== undefined) return refuse(`required argument '${argument.name}' not provided`);
  const missing = state.options.filter(
    (option) => option.required === true && option.type !== 'file-or-content' && !state.given.has(option.name),
  );
  if (missing.length > 0)
    return refuse(`required flag(s) ${missing.map((option) => `'--${option.name}'`).join(', ')} not provided`);
  const values = OptionValues.parse(state.options, state.given, env);
  if ('error' in values) return refuse(values.error);
  return { kind: 'run', path: state.path, command: state.command, values, options: state.options };
}
