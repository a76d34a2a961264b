import { TsanosError } from '@tsanos/bytes';
import { RE2JS } from 're2js';

/** A fully anchored regex (dot matches newline) whose groups fill a template: relabelling and `label_replace`. */
export interface ExpandRegex {
  /** The template filled from the match of `value`; undefined when it does not match. */
  expand(value: string, template: string): string | undefined;
  matches(value: string): boolean;
}

/** Compiles `^(?s:pattern)$`; a bad one is a TsanosError of kind bad-input with Go's text. */
export function createExpandRegex(pattern: string): ExpandRegex {
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(`^(?s:${pattern})$`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new TsanosError(
      'bad-input',
      'bad-regex',
      message.replace(/^.*?error parsing regexp/s, 'error parsing regexp'),
      { pattern },
    );
  }
  const names = regex.namedGroups() as Record<string, number>;
  return {
    matches: (value) => regex.matcher(value).matches(),
    expand: (value, template) => {
      const matcher = regex.matcher(value);
      if (!matcher.matches()) return undefined;
      return expandTemplate(template, (name) => {
        const index = /^\d+$/.test(name) ? Number(name) : names[name];
        return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
      });
    },
  };
}

/**
 * Go's `Regexp.Expand`: `$name`, `${name}`, `$1`, `$$`; a bare name is the longest run of letters, digits and underscores; what is
 * malformed stays as it is; a group that is not there is empty.
 */
export function expandTemplate(template: string, group: (name: string) => string): string {
  let out = '';
  for (let at = 0; at < template.length;) {
    const dollar = template.indexOf('$', at);
    if (dollar < 0) return out + template.slice(at);
    out += template.slice(at, dollar);
    const rest = template.slice(dollar + 1);
    if (rest.startsWith('$')) {
      out += '$';
      at = dollar + 2;
      continue;
    }
    const match = /^\{([\p{L}\p{Nd}_]+)\}|^([\p{L}\p{Nd}_]+)/u.exec(rest);
    if (match === null) {
      out += '$';
      at = dollar + 1;
      continue;
    }
    out += group(match[1] ?? match[2]);
    at = dollar + 1 + match[0].length;
  }
  return out;
}
