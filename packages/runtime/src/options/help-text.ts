import type { Option } from '../option.ts';
import { HELP_OPTION, leafCommands, VERSION_OPTION, type CommandSpec, type ProgramSpec } from './command.ts';

const WIDTH = 80;
/** Flags as wide as this get their description on the next line. */
const WIDE = 30;

/** The help of the program (`path` empty), a group or a command. */
export async function helpText(program: ProgramSpec, path: readonly string[]): Promise<string> {
  let command: CommandSpec | undefined;
  let commands: readonly CommandSpec[] | undefined = program.commands;
  for (const name of path) {
    command = commands?.find((one) => one.name === name);
    commands = command?.commands;
  }
  const own = (await command?.options?.()) ?? [];
  const options = [HELP_OPTION, VERSION_OPTION, ...program.options, ...own];
  const required = own.filter(
    (option) => option.required === true && option.type !== 'file-or-content' && option.positional !== true,
  );
  const positional = own.filter((option) => option.positional === true);
  const usage = [
    program.name,
    ...path,
    ...required.map((option) => `--${option.name}=${placeholder(option)}`),
    '[<flags>]',
    ...positional.map(argumentForm),
  ];
  if (commands !== undefined) usage.push('<command>', '[<args> ...]');
  const lines = [
    `usage: ${usage.join(' ')}`,
    '',
    ...wrap(command?.help ?? program.help, WIDTH),
    '',
    '',
    'Flags:',
    ...flagLines(options),
  ];
  if (positional.length > 0)
    lines.push('', 'Args:', ...positional.map((option) => `  ${argumentForm(option)}  ${option.help}`));
  if (commands !== undefined)
    lines.push('', path.length === 0 ? 'Commands:' : 'Subcommands:', ...commandLines(commands, path));
  return `${lines.join('\n')}\n`;
}

function argumentForm(option: Option): string {
  const form = `<${option.name}>${option.repeated === true ? '...' : ''}`;
  return option.required === true ? form : `[${form}]`;
}

/** How a flag is written in help: `--log.level=info`, `--[no-]version`, `--endpoint=<endpoint> ...`. */
export function flagForms(option: Option): string[] {
  if (option.type === 'file-or-content') return [`--${option.name}-file=<file-path>`, `--${option.name}=<content>`];
  if (option.type === 'bool') return [`--[no-]${option.name}`];
  return [`--${option.name}=${placeholder(option)}${option.repeated === true ? ' ...' : ''}`];
}

function placeholder(option: Option): string {
  if (option.placeholder !== undefined) return option.placeholder;
  if (option.default === undefined) return option.name.toUpperCase();
  return option.type === 'string' && option.repeated !== true ? JSON.stringify(option.default) : option.default;
}

/** The description, with what a reader must know about the state of the flag. */
export function helpOf(option: Option): string {
  const values =
    option.type === 'enum'
      ? ` One of: ${(option.values ?? []).map((value) => (value === '' ? '""' : value)).join(', ')}.`
      : '';
  const env = option.env === undefined ? '' : ` (environment: ${option.env})`;
  const state =
    option.status === 'not-yet'
      ? ' [not supported yet: refuses to start]'
      : option.status === 'no-effect'
        ? ' [accepted, without effect here]'
        : '';
  return `${option.help}${values}${env}${state}`;
}

function flagLines(options: readonly Option[]): string[] {
  const rows: [string, string][] = [];
  for (const option of options) {
    if (option.hidden === true || option.positional === true) continue;
    const [first, second] = flagForms(option);
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    if (second === undefined) rows.push([`${short}${first}`, helpOf(option)]);
    else {
      rows.push([`${short}${first}`, `File with YAML: ${helpOf(option)}`]);
      rows.push([`    ${second}`, `The same as text in place of a file (give only one of both).`]);
    }
  }
  const widths = rows.map(([flag]) => flag.length).filter((width) => width < WIDE);
  const width = Math.max(0, ...widths);
  const lines: string[] = [];
  for (const [flag, help] of rows) {
    const text = wrap(help, WIDTH - width - 4);
    if (flag.length >= WIDE) lines.push(`  ${flag}  `, ...text.map((line) => `${' '.repeat(width + 4)}${line}`));
    else text.forEach((line, i) => lines.push(`  ${(i === 0 ? flag : '').padEnd(width)}  ${line}`));
  }
  return lines;
}

function commandLines(commands: readonly CommandSpec[], path: readonly string[]): string[] {
  const lines = path.length === 0 ? ['help [<command>...]', '    Print the help of a command.', ''] : [];
  for (const { path: name, command } of leafCommands(commands, [...path])) {
    lines.push(`${name.join(' ')} [<flags>]`, ...wrap(command.help, WIDTH - 4).map((line) => `    ${line}`), '');
  }
  return lines;
}

/** Breaks `text` into lines of at most `width` characters, at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}
