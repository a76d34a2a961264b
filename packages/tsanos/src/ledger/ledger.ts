import { flagsOf, leafCommands, type Option } from '@tsanos/runtime/options';
import { programSpec } from '../program.ts';

/** A flag of a command with the state it is in. */
export interface LedgerRow {
  readonly command: string;
  readonly flag: string;
  readonly status: Option['status'];
  readonly ours: boolean;
  readonly option: Option;
}

/** Flags of Thanos' command line parser itself, which have no counterpart here. */
export const PARSER_FLAGS: ReadonlySet<string> = new Set([
  'help',
  'help-long',
  'help-man',
  'version',
  'completion-bash',
  'completion-script-bash',
  'completion-script-zsh',
]);

/** Every flag of every command, common ones under `common`. */
export async function ledger(): Promise<LedgerRow[]> {
  const program = programSpec('tsanos');
  const rows = rowsOf('common', program.options);
  for (const { path, command } of leafCommands(program.commands)) {
    rows.push(...rowsOf(path.join(' '), (await command.options?.()) ?? []));
  }
  return rows;
}

function rowsOf(command: string, options: readonly Option[]): LedgerRow[] {
  return options.flatMap((option) =>
    flagsOf(option).map((flag) => ({ command, flag, status: option.status, ours: option.ours === true, option })),
  );
}

const WORDS = { works: 'works', 'no-effect': 'no effect here', 'not-yet': '**not yet**' } as const;

/** The ledger as a page. */
export async function ledgerPage(): Promise<string> {
  const rows = await ledger();
  const commands = [...new Set(rows.map((row) => row.command))];
  const lines = [
    '# Flag ledger',
    '',
    "Every flag of the commands that exist, made from the program's own tables by `npm run docs`. *works*: does what it does in Thanos.",
    '*no effect here*: accepted; it tunes something that this program does not have. **not yet**: the program refuses to start when it is set',
    'to anything but its default, so that nothing is silently ignored. Commands of Thanos that are not here yet: rule, compact, receive, query-frontend.',
    '',
    "Flags of Thanos' command line parser (`--help-long`, `--help-man`, `--completion-*`) are not there.",
    '',
  ];
  for (const command of commands) {
    const own = rows.filter((row) => row.command === command);
    const count = (status: Option['status']): number => own.filter((row) => row.status === status).length;
    lines.push(
      `## ${command}`,
      '',
      `${count('works')} work, ${count('no-effect')} have no effect here, ${count('not-yet')} not yet.`,
      '',
    );
    lines.push('| Flag | Status |', '|---|---|');
    for (const row of own) lines.push(`| \`--${row.flag}\`${row.ours ? ' (ours)' : ''} | ${WORDS[row.status]} |`);
    lines.push('');
  }
  return lines.join('\n');
}
