import { TsanosError } from '@tsanos/bytes';

/** Replaces `$(NAME)` by the environment's value; an unset variable is an error that names it. */
export function substituteEnvironment(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  file: string,
): string {
  return text.replace(/\$\(([a-zA-Z_0-9]+)\)/g, (_match, name: string) => {
    const value = env[name];
    if (value === undefined) {
      throw new TsanosError(
        'bad-input',
        'unset-variable',
        `${file}: the environment variable ${name} is referenced but not set`,
        {
          file,
          variable: name,
        },
      );
    }
    return value;
  });
}
