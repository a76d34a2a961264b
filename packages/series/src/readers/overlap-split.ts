/**
 * Spreads chunks, sorted by first time, over replicas as Thanos does: each goes to the first replica whose last chunk
 * ended before it begins, or to a new one. Writes the replica of chunk `i` to `replica[i]` and returns how many there are.
 * Times in ms, inclusive.
 */
export function overlapSplit(mint: Float64Array, maxt: Float64Array, count: number, replica: Uint32Array): number {
  const ends: number[] = [];
  for (let i = 0; i < count; i++) {
    let r = 0;
    while (r < ends.length && ends[r] >= mint[i]) r++;
    ends[r] = maxt[i];
    replica[i] = r;
  }
  return ends.length;
}
