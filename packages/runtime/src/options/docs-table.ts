import type { Option } from '../option.ts';
import { flagsOf } from './option-values.ts';

/** The options as a Markdown table, for the docs page of a component. */
export function optionsTable(options: readonly Option[]): string {
  const lines = ['| Flag | Default | Status | Meaning |', '|---|---|---|---|'];
  for (const option of options) {
    if (option.hidden === true) continue;
    const names = option.positional === true ? [`<${option.name}>`] : flagsOf(option).map((flag) => `--${flag}`);
    const flags = names.map((name) => `\`${name}\``).join(', ');
    const more = option.repeated === true ? ' (repeatable)' : '';
    const fallback = option.default === undefined || option.default === '' ? '' : `\`${option.default}\``;
    const values =
      option.type === 'enum'
        ? ` One of ${(option.values ?? []).map((value) => `\`${value === '' ? '""' : value}\``).join(', ')}.`
        : '';
    lines.push(
      `| ${flags}${more} | ${option.type === 'bool' ? `\`${option.default ?? 'false'}\`` : fallback} | ${option.status} | ${cell(option.help)}${values} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
}
