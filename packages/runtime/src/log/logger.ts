import type { LogFields, Logger } from '@tsanos/bytes';
import { errorText, logfmtFields } from './logfmt.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'logfmt' | 'json' | 'journald';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
/** Priorities of journald: a line on stderr that starts with `<n>` is filed under it. */
const PRIORITY: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };
const HERE = import.meta.filename;

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Field `name` of each line, from `--debug.name`. */
  readonly name?: string;
  /** Where lines go, with their newline; stderr by default. */
  readonly write?: (line: string) => void;
  readonly now?: () => Date;
}

/** Writes lines with Thanos' keys: ts, caller, level, msg, then the fields. */
export function createLogger(options: LoggerOptions): Logger {
  return new LineLogger(options, options.name === undefined || options.name === '' ? {} : { name: options.name });
}

class LineLogger implements Logger {
  readonly #options: LoggerOptions;
  readonly #fields: LogFields;

  constructor(options: LoggerOptions, fields: LogFields) {
    this.#options = options;
    this.#fields = fields;
  }

  debug(msg: string, fields?: LogFields): void {
    this.#line('debug', msg, fields);
  }

  info(msg: string, fields?: LogFields): void {
    this.#line('info', msg, fields);
  }

  warn(msg: string, fields?: LogFields): void {
    this.#line('warn', msg, fields);
  }

  error(msg: string, fields?: LogFields): void {
    this.#line('error', msg, fields);
  }

  with(fields: LogFields): Logger {
    return new LineLogger(this.#options, { ...this.#fields, ...fields });
  }

  #line(level: LogLevel, msg: string, fields: LogFields | undefined): void {
    const { level: least, format, write = writeStderr, now = () => new Date() } = this.#options;
    if (RANK[level] < RANK[least]) return;
    const all: LogFields = {
      ...(format === 'journald' ? {} : { ts: now().toISOString() }),
      caller: callerOf(),
      level,
      ...(msg === '' ? {} : { msg }),
      ...this.#fields,
      ...fields,
    };
    if (format === 'json') write(`${JSON.stringify(plain(all))}\n`);
    else write(`${format === 'journald' ? `<${PRIORITY[level]}>` : ''}${logfmtFields(all)}\n`);
  }
}

function plain(fields: LogFields): Record<string, string | number | boolean> {
  const out: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) out[key] = value instanceof Error ? errorText(value) : value;
  }
  return out;
}

function writeStderr(line: string): void {
  process.stderr.write(line);
}

/** `file.ts:line` of the code that logs. */
function callerOf(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 8;
  const stack = new Error('caller').stack ?? '';
  Error.stackTraceLimit = stackTraceLimit;
  for (const line of stack.split('\n').slice(1)) {
    if (line.includes(HERE)) continue;
    const at = /([^/\\( ]+:\d+):\d+\)?$/.exec(line)?.[1];
    if (at !== undefined) return at;
  }
  return 'unknown';
}
