import { readFileSync } from 'node:fs';

/** A piece of a command line. A flag's `=value` comes as an argument of its own. */
export type Token = { readonly kind: 'long' | 'short' | 'argument'; readonly text: string };

const MAX_FILE_DEPTH = 10;

/**
 * Splits a command line as Thanos' parser does: `--x=v` and `-x`, `-abc` letter by letter, `--` ends the flags, and `@file` stands for
 * the lines of a file (without empty ones and those that start with `#`).
 */
export class TokenReader {
  readonly #args: { text: string; depth: number }[];
  readonly #pushed: Token[] = [];
  #argumentsOnly = false;

  constructor(args: readonly string[]) {
    this.#args = args.map((text) => ({ text, depth: 0 }));
  }

  next(): Token | undefined {
    const pushed = this.#pushed.pop();
    if (pushed !== undefined) return pushed;
    const arg = this.#args.shift();
    if (arg === undefined) return undefined;
    const { text, depth } = arg;
    if (this.#argumentsOnly) return { kind: 'argument', text };
    if (text === '--') {
      this.#argumentsOnly = true;
      return this.next();
    }
    if (text.startsWith('--')) {
      const equals = text.indexOf('=');
      if (equals < 0) return { kind: 'long', text: text.slice(2) };
      this.#pushed.push({ kind: 'argument', text: text.slice(equals + 1) });
      return { kind: 'long', text: text.slice(2, equals) };
    }
    if (text.startsWith('-') && text.length > 1) {
      // The rest is a value or more letters: the flag's type tells.
      return { kind: 'short', text: text.slice(1) };
    }
    if (text.startsWith('@') && text.length > 1) {
      if (depth >= MAX_FILE_DEPTH)
        throw new Error(`argument files are nested more than ${MAX_FILE_DEPTH} deep at ${text}`);
      const lines = readFileSync(text.slice(1), 'utf8').split(/\r?\n/);
      const more = lines
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => ({ text: line, depth: depth + 1 }));
      this.#args.unshift(...more);
      return this.next();
    }
    return { kind: 'argument', text };
  }

  push(token: Token): void {
    this.#pushed.push(token);
  }
}
