import { blockTargets } from './block-targets.ts';
import { chunkTargets } from './chunk-targets.ts';
import type { FuzzTargets } from './run-target.ts';
import { textTargets } from './text-targets.ts';
import { wireTargets } from './wire-targets.ts';

/** Every reader of bytes from outside. `close` removes what they lie on. */
export async function allTargets(): Promise<FuzzTargets> {
  const block = await blockTargets();
  return { targets: [...block.targets, ...chunkTargets(), ...wireTargets(), ...textTargets()], close: block.close };
}
