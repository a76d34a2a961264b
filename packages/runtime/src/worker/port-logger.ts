import type { LogFields, Logger } from '@tsanos/bytes';
import type { FromWorker } from './protocol.ts';

/** A worker's logger: its lines are written by main. */
export class PortLogger implements Logger {
  readonly #send: (message: FromWorker) => void;
  readonly #debug: boolean;
  readonly #fields: LogFields;

  constructor(send: (message: FromWorker) => void, debug: boolean, fields: LogFields = {}) {
    this.#send = send;
    this.#debug = debug;
    this.#fields = fields;
  }

  debug(msg: string, fields?: LogFields): void {
    if (this.#debug) this.#line('debug', msg, fields);
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
    return new PortLogger(this.#send, this.#debug, { ...this.#fields, ...fields });
  }

  #line(level: 'debug' | 'info' | 'warn' | 'error', msg: string, fields: LogFields | undefined): void {
    this.#send({ kind: 'log', level, msg, fields: { ...this.#fields, ...fields } });
  }
}
