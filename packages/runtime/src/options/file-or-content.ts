import { readFile } from 'node:fs/promises';
import { TsanosError } from '@tsanos/bytes';

/** The value of `--x-file` and `--x`: YAML from a file or right from the command line. */
export class FileOrContent {
  /** Name of the option: `objstore.config`. */
  readonly flag: string;
  /** Path given by `--x-file`, '' when none. */
  readonly path: string;
  readonly #content: string;
  readonly #required: boolean;

  constructor(flag: string, path: string, content: string, required: boolean) {
    this.flag = flag;
    this.path = path;
    this.#content = content;
    this.#required = required;
  }

  /** Whether neither was given. */
  get empty(): boolean {
    return this.path === '' && this.#content === '';
  }

  /** Where it comes from, for messages: a path, or the flag. */
  get source(): string {
    return this.path === '' ? `--${this.flag}` : this.path;
  }

  /**
   * The text, read anew at each call, with `$(VAR)` replaced by the environment; '' when nothing was given and nothing is
   * required.
   */
  async read(env: NodeJS.ProcessEnv = process.env): Promise<string> {
    const { flag } = this;
    if (this.path !== '' && this.#content !== '') {
      throw new TsanosError('bad-input', 'flags-exclude', `both ${flag}-file and ${flag} flags set.`);
    }
    let text = this.#content;
    if (this.path !== '') {
      try {
        text = await readFile(this.path, 'utf8');
      } catch (error) {
        throw new TsanosError(
          'bad-input',
          'config-unreadable',
          `loading YAML file ${this.path} for ${flag}-file`,
          { file: this.path },
          error,
        );
      }
    }
    if (text === '' && this.#required) {
      throw new TsanosError(
        'bad-input',
        'config-required',
        `flag ${flag}-file or ${flag} is required for running this command and content cannot be empty.`,
      );
    }
    return expandEnv(text, env, this.source);
  }
}

/** Replaces `$(VAR)`; an unset variable is an error, since an empty credential would be a silent change. */
export function expandEnv(text: string, env: NodeJS.ProcessEnv, source: string): string {
  return text.replaceAll(/\$\(([a-zA-Z_]\w*)\)/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) {
      throw new TsanosError(
        'bad-input',
        'env-unset',
        `${source}: found reference to unset environment variable ${JSON.stringify(name)}`,
      );
    }
    return value;
  });
}
