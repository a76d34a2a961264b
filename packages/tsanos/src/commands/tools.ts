import { TsanosError, type Logger } from '@tsanos/bytes';
import type { OptionValues } from '@tsanos/runtime';

/** A command that does one thing and ends; it throws when that fails. */
export type Tool = (values: OptionValues, log: Logger, signal: AbortSignal) => Promise<void>;

/** Tools by their full command; each is loaded when it runs. */
const TOOLS: ReadonlyMap<string, () => Promise<Tool>> = new Map([
  ['tools bucket generate', async () => (await import('@tsanos/tools')).generateBucket],
  ['tools promql-test', async () => (await import('./test-tools.ts')).runPromqlTestCommand],
  ['tools rules-test', async () => (await import('./test-tools.ts')).runRulesTestCommand],
  ['tools rules-check', async () => (await import('./rules-check.ts')).runRulesCheckCommand],
]);

/** Runs a tool to its end; SIGINT and SIGTERM abort it. False when `name` is no tool. */
export async function runTool(name: string, values: OptionValues, log: Logger): Promise<boolean> {
  const tool = await TOOLS.get(name)?.();
  if (tool === undefined) return false;
  const { stopSignal } = await import('@tsanos/runtime');
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort(new TsanosError('cancelled', 'signal', 'interrupted by a signal')));
  await tool(values, log, stop.signal);
  return true;
}
