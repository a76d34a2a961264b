import { TsanosError, type Logger } from '@tsanos/bytes';
import type { OptionValues } from '@tsanos/runtime';

/** A command that does one thing and ends. */
export type Tool = (values: OptionValues, log: Logger, signal: AbortSignal) => Promise<void>;

/** Tools by their full command, each exported by `@tsanos/tools` under the name given. */
export const TOOL_COMMANDS: ReadonlyMap<string, string> = new Map([['tools bucket generate', 'generateBucket']]);

/** Runs a tool; SIGINT and SIGTERM abort it. */
export async function runTool(name: string, values: OptionValues, log: Logger): Promise<number> {
  const tool: unknown = Reflect.get(await import('@tsanos/tools'), name);
  if (typeof tool !== 'function')
    throw new TsanosError('internal', 'tool-unknown', `the package of tools exports no ${name}`);
  const { stopSignal } = await import('@tsanos/runtime');
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort(new TsanosError('cancelled', 'signal', 'interrupted by a signal')));
  await (tool as Tool)(values, log, stop.signal);
  return 0;
}
