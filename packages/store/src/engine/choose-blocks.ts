/** What the choice looks at; times in ms, the range half-open as in meta.json. */
export interface ChoosableBlock {
  readonly ulid: string;
  readonly mint: number;
  readonly maxt: number;
  readonly resolutionMs: number;
}

/**
 * The blocks of one external label set that answer `[mint, maxt]` (inclusive): the coarsest resolution that is allowed, its gaps
 * filled with finer ones (Thanos' `getFor`). Any order in; ascending times out.
 */
export function chooseBlocks<B extends ChoosableBlock>(
  blocks: readonly B[],
  mint: number,
  maxt: number,
  maxResolutionMs: number,
  accept: (block: B) => boolean = () => true,
): B[] {
  const levels = [...new Set(blocks.map((b) => b.resolutionMs))].sort((a, b) => a - b);
  const byLevel = levels.map((resolution) =>
    blocks.filter((b) => b.resolutionMs === resolution).sort((a, b) => a.mint - b.mint || a.maxt - b.maxt),
  );
  let top = levels.length - 1;
  while (top >= 0 && levels[top] > maxResolutionMs) top--;
  const chosen: B[] = [];
  fill(byLevel, top, mint, maxt, accept, chosen);
  return chosen;
}

function fill<B extends ChoosableBlock>(
  byLevel: readonly (readonly B[])[],
  level: number,
  mint: number,
  maxt: number,
  accept: (block: B) => boolean,
  out: B[],
): void {
  if (level < 0 || mint > maxt) return;
  let start = mint;
  for (const block of byLevel[level]) {
    if (block.maxt <= mint) continue;
    if (block.mint > maxt) break;
    if (start < block.mint) fill(byLevel, level - 1, start, block.mint - 1, accept, out);
    if (accept(block)) out.push(block);
    start = block.maxt;
  }
  if (start <= maxt) fill(byLevel, level - 1, start, maxt, accept, out);
}
