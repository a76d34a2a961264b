// Writes the pages and tables that are made from the program's option tables: the flag ledger, and the part between the marks
// in docs/components/*.md. With `--check` it writes nothing and fails when something is not up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { optionsTable, leafCommands } from '@tsanos/runtime/options';
import { ledgerPage } from '../packages/tsanos/src/ledger/ledger.ts';
import { programSpec } from '../packages/tsanos/src/program.ts';

const TOP = fileURLToPath(new URL('..', import.meta.url));
const BEGIN = '<!-- flags: made by `npm run docs` -->';
const END = '<!-- end of flags -->';
const check = process.argv.includes('--check');
let stale = 0;

function put(path: string, text: string): void {
  const file = join(TOP, path);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  if (check) {
    process.stdout.write(`not up to date: ${path}; run npm run docs\n`);
    stale++;
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`wrote ${path}\n`);
}

const program = programSpec('tsanos');
put('docs/flag-ledger.md', await ledgerPage());
for (const { path, command } of leafCommands(program.commands)) {
  const page = `docs/components/${path.join('-')}.md`;
  const table = `${BEGIN}\n\n${optionsTable([...((await command.options?.()) ?? []), ...program.options])}\n${END}`;
  const file = join(TOP, page);
  const before = existsSync(file)
    ? readFileSync(file, 'utf8')
    : `# ${path.join(' ')}\n\n${command.help}\n\n## Flags\n\n${BEGIN}\n${END}\n`;
  const from = before.indexOf(BEGIN);
  const to = before.indexOf(END);
  if (from < 0 || to < from) put(page, `${before.trimEnd()}\n\n## Flags\n\n${table}\n`);
  else put(page, `${before.slice(0, from)}${table}${before.slice(to + END.length)}`);
}
process.exit(stale > 0 ? 1 : 0);
