import type { SampleColumns } from '@tsanos/model';
import { unhinted } from './chain-merge.ts';
import { isPlain } from './chain-pair.ts';
import { appendSample, setHistogram } from './columns-ops.ts';
import { penaltyPairCounter } from './penalty-pair-counter.ts';
import { penaltyPair } from './penalty-pair.ts';

/** The penalty in ms for the side not taken, while no scrape interval is known. */
const FIRST_PENALTY_MS = 5000;

/** One replica within a merge. */
class Side {
  readonly columns: SampleColumns;
  at = 0;
  penalty = 0;
  /** What is added to its values, so that a change to this replica does not look like a reset. */
  offset = 0;
  /** When its values last fell. */
  fellAt = Number.NEGATIVE_INFINITY;
  #value = Number.NEGATIVE_INFINITY;

  constructor(columns: SampleColumns) {
    this.columns = columns;
  }

  get alive(): boolean {
    return this.at < this.columns.n;
  }

  get time(): number {
    return this.columns.t[this.at];
  }

  seek(t: number): void {
    const times = this.columns.t;
    const { n } = this.columns;
    let { at } = this;
    while (at < n && times[at] < t) at++;
    this.at = at;
  }

  /** The same, and watches for resets on the way. */
  seekCounter(t: number): void {
    const { t: times, n } = this.columns;
    while (this.at < n && times[this.at] < t) {
      this.at++;
      if (this.at < n) this.look();
    }
  }

  /** Takes note of the current value; a reset makes the replica's own values right again. */
  look(): void {
    const { v, h, t } = this.columns;
    if (h?.[this.at] !== undefined) return;
    const value = v[this.at];
    if (value !== value) return;
    if (value < this.#value) {
      this.offset = 0;
      this.fellAt = t[this.at];
    }
    this.#value = value;
  }
}

/**
 * Appends the deduplicated samples of two replicas to `out`, by Thanos' penalty algorithm: the earlier sample wins, and
 * the side not taken must come at least twice the last interval later to be looked at again. Fold more replicas pairwise
 * from the left.
 *
 * With `counter`, where the merge changes sides and the new side is behind, its values are lifted to go on where the other
 * side was, until it resets; a real reset that only the new side shows stays visible. Histograms that follow one of
 * the other side lose their counter-reset hint unless `keepHints`.
 */
export function penaltyMerge(
  a: SampleColumns,
  b: SampleColumns,
  out: SampleColumns,
  counter: boolean,
  keepHints = false,
): void {
  if (isPlain(a) && isPlain(b) && isPlain(out)) {
    if (counter) penaltyPairCounter(a, b, out, FIRST_PENALTY_MS);
    else penaltyPair(a, b, out, FIRST_PENALTY_MS);
    return;
  }
  const left = new Side(a);
  const right = new Side(b);
  if (counter) {
    if (left.alive) left.look();
    if (right.alive) right.look();
  }
  let last = Number.NEGATIVE_INFINITY;
  let emitted = Number.NaN;
  let before: Side | undefined;
  for (;;) {
    if (counter) {
      left.seekCounter(last + 1 + left.penalty);
      right.seekCounter(last + 1 + right.penalty);
    } else {
      left.seek(last + 1 + left.penalty);
      right.seek(last + 1 + right.penalty);
    }
    let side: Side;
    if (!left.alive) {
      if (!right.alive) return;
      side = right;
    } else if (!right.alive) {
      side = left;
    } else {
      side = left.time <= right.time ? left : right;
      const loser = side === left ? right : left;
      loser.penalty = last === Number.NEGATIVE_INFINITY ? FIRST_PENALTY_MS : 2 * (side.time - last);
    }
    side.penalty = 0;
    const { columns, at } = side;
    const k = out.n;
    appendSample(out, columns, at);
    const histogram = columns.h?.[at];
    const changed = before !== undefined && before !== side;
    if (histogram !== undefined) {
      if (changed && !keepHints) setHistogram(out, k, unhinted(histogram));
    } else if (counter) {
      const value = columns.v[at];
      if (value === value) {
        if (changed && value + side.offset < emitted && side.fellAt <= last) side.offset = emitted - value;
        if (side.offset !== 0) out.v[k] = value + side.offset;
        emitted = value + side.offset;
      }
    }
    last = side.time;
    before = side;
  }
}
