import type { LogFields } from '@tsanos/bytes';

/** One field's value as logfmt prints it: bare when it can be, else quoted as JSON does. */
export function logfmtValue(value: string | number | boolean | Error): string {
  const text = value instanceof Error ? errorText(value) : String(value);
  if (text === '') return '""';
  // Bare are printable characters without space, quote and equals sign.
  return /^[^\s"=\\\p{Cc}\ufffd]+$/u.test(text) ? text : JSON.stringify(text);
}

/** `key=value …` of the fields that have a value. */
export function logfmtFields(fields: LogFields): string {
  let line = '';
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    line += `${line === '' ? '' : ' '}${key.replaceAll(/[\s"=]/g, '_')}=${logfmtValue(value)}`;
  }
  return line;
}

/** The message with those of its causes, outermost first. */
export function errorText(error: Error): string {
  const parts = [error.message];
  let cause: unknown = error.cause;
  while (cause instanceof Error && parts.length < 10) {
    if (!parts.at(-1)!.includes(cause.message)) parts.push(cause.message);
    cause = cause.cause;
  }
  return parts.join(': ');
}
