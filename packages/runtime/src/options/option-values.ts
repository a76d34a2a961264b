import { TsanosError } from '@tsanos/bytes';
import type { Option } from '../option.ts';
import { FileOrContent } from './file-or-content.ts';
import { parseValue, type ScalarValue } from './parse-value.ts';
import type { TimeValue } from './time-value.ts';

type ScalarOf<O extends Option> = O['type'] extends 'bool'
  ? boolean
  : O['type'] extends 'int' | 'float' | 'duration' | 'bytes'
    ? number
    : O['type'] extends 'time'
      ? TimeValue
      : O['type'] extends 'file-or-content'
        ? FileOrContent
        : O extends { readonly type: 'enum'; readonly values: readonly (infer V)[] }
          ? V
          : string;

/** The type of an option's value, as its declaration says. */
export type ValueOf<O extends Option> = O extends { readonly repeated: true }
  ? readonly ScalarOf<O>[]
  : O extends { readonly default: string } | { readonly required: true } | { readonly type: 'bool' | 'file-or-content' }
    ? ScalarOf<O>
    : ScalarOf<O> | undefined;

type Named<T extends readonly Option[], N> = Extract<T[number], { readonly name: N }>;

/** Texts given for a flag, in order, by flag name (`objstore.config-file` and `objstore.config` are two). */
export type GivenTexts = ReadonlyMap<string, readonly string[]>;

const REDACTED = '<REDACTED>';

/** The values of a table of options, typed by their declarations. Pass it on whole; ask for values where they are needed. */
export class OptionValues<T extends readonly Option[] = readonly Option[]> {
  readonly #options: T;
  readonly #given: GivenTexts;
  readonly #values = new Map<string, unknown>();

  private constructor(options: T, given: GivenTexts) {
    this.#options = options;
    this.#given = given;
  }

  /** Parses what was given and fills in environment and defaults. The first refusal comes back as text. */
  static parse<T extends readonly Option[]>(
    options: T,
    given: GivenTexts,
    env: NodeJS.ProcessEnv = process.env,
  ): OptionValues<T> | { readonly error: string } {
    const values = new OptionValues(options, given);
    for (const option of options) {
      const parsed = valueOf(option, given, env);
      if ('error' in parsed) return parsed;
      values.#values.set(option.name, parsed.value);
    }
    return values;
  }

  /** Values from texts by flag name, for tests and embedding; throws on a bad or unknown one. */
  static of<T extends readonly Option[]>(
    options: T,
    texts: Readonly<Record<string, string | readonly string[]>> = {},
  ): OptionValues<T> {
    const known = new Set(options.flatMap((option) => [option.name, ...flagsOf(option)]));
    const given = new Map<string, readonly string[]>();
    for (const [name, text] of Object.entries(texts)) {
      if (!known.has(name)) throw new TsanosError('bad-input', 'option-unknown', `there is no option ${name}`);
      given.set(name, typeof text === 'string' ? [text] : text);
    }
    const parsed = OptionValues.parse(options, given, {});
    if ('error' in parsed) throw new TsanosError('bad-input', 'option-value', parsed.error);
    return parsed;
  }

  /** The value of an option. */
  get<N extends T[number]['name']>(name: N): ValueOf<Named<T, N>> {
    if (!this.#values.has(name))
      throw new TsanosError('internal', 'option-undeclared', `option ${name} is not declared by this command`);
    return this.#values.get(name) as ValueOf<Named<T, N>>;
  }

  /**
   * The same values seen as those of `table`, a part of the options: what a component or helper that knows only its own table
   * takes. Throws when one of them is not declared here.
   */
  part<S extends readonly Option[]>(table: S): OptionValues<S> {
    const missing = table.find((option) => !this.#values.has(option.name));
    if (missing !== undefined)
      throw new TsanosError('internal', 'option-undeclared', `option ${missing.name} is not declared by this command`);
    // Values are kept by name: only the view of the types changes.
    return this as unknown as OptionValues<S>;
  }

  /** Whether the user gave it on the command line. */
  given(name: T[number]['name']): boolean {
    return this.#given.has(name) || this.#given.has(`${name}-file`);
  }

  /** Flags that were set to something but their default and that do not work yet. */
  notYet(): Option[] {
    return this.#options.filter(
      (option) =>
        option.status === 'not-yet' &&
        flagsOf(option).some((flag) => {
          const texts = this.#given.get(flag);
          return (
            texts !== undefined &&
            !(texts.length === 1 && texts[0] === (option.default ?? (option.type === 'bool' ? 'false' : '')))
          );
        }),
    );
  }

  /** Every flag with its value as text, for `/api/v1/status/flags`; secrets and inline configurations are redacted. */
  dump(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const option of this.#options) {
      for (const flag of flagsOf(option)) {
        const texts =
          this.#given.get(flag) ?? (flag === option.name && option.default !== undefined ? [option.default] : []);
        const text =
          option.type === 'bool'
            ? String(this.#values.get(option.name))
            : option.repeated
              ? texts.join(',')
              : (texts.at(-1) ?? '');
        const hide = option.secret === true || (option.type === 'file-or-content' && flag === option.name);
        out[flag] = hide && text !== '' ? REDACTED : text;
      }
    }
    return out;
  }
}

/** Names of the flags that an option declares; none for an argument without flag. */
export function flagsOf(option: Option): string[] {
  if (option.positional === true) return [];
  return option.type === 'file-or-content' ? [`${option.name}-file`, option.name] : [option.name];
}

function valueOf(option: Option, given: GivenTexts, env: NodeJS.ProcessEnv): { value: unknown } | { error: string } {
  const last = (flag: string): string => given.get(flag)?.at(-1) ?? '';
  if (option.type === 'file-or-content') {
    return {
      value: new FileOrContent(option.name, last(`${option.name}-file`), last(option.name), option.required === true),
    };
  }
  let texts = given.get(option.name);
  const fromEnv = option.env === undefined ? undefined : env[option.env];
  if (texts === undefined && fromEnv !== undefined && fromEnv !== '')
    texts = option.repeated ? fromEnv.split('\n') : [fromEnv];
  if (texts === undefined && option.default !== undefined)
    texts = option.repeated ? option.default.split(',') : [option.default];
  if (option.type === 'bool') return { value: (texts?.at(-1) ?? 'false') === 'true' };
  const parsed: ScalarValue[] = [];
  for (const text of texts ?? []) {
    const one = parseValue(option, text);
    if ('error' in one) return one;
    parsed.push(one.value);
  }
  return { value: option.repeated === true ? parsed : parsed.at(-1) };
}
