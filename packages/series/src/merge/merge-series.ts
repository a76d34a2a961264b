import { SeriesBatchBuilder } from '../series-batch-builder.ts';
import type { SeriesBatch } from '../series-batch.ts';
import type { CallContext } from '../series-source.ts';
import { sliceBatch } from './batch-slice.ts';
import { ChunkUnits } from './chunk-units.ts';
import { MergeHeap } from './merge-heap.ts';
import { MergeInput } from './merge-input.ts';
import { verifySorted } from './sorted-stream.ts';

/** A batch made here is given away at this many series or chunk rows. */
const BATCH_SERIES = 1024;
const BATCH_CHUNKS = 16384;
/** Runs of at least this many series of one batch leave as a slice of it, without moving a row. */
const SLICE_SERIES = 128;

/** A series of a batch, to be joined with others of equal labels. */
interface Member {
  batch: SeriesBatch;
  at: number;
}

/**
 * Merges sorted streams into one, lazily: nothing is read before the first `next()`, then one batch a stream ahead of need.
 * Series with equal labels, of one or several streams, become one series whose chunks are ordered by (mint, maxt, content)
 * and of which identical ones are kept once, as Thanos' proxy does. Streams are verified (see `verifySorted`). An error of a
 * stream ends the merge; who wants partial answers catches it in the stream. Runs of one stream are moved whole.
 */
export async function* mergeSeries(
  sources: readonly AsyncIterable<SeriesBatch>[],
  ctx: CallContext,
): AsyncIterable<SeriesBatch> {
  const iterators = sources.map((source) => verifySorted(source, ctx)[Symbol.asyncIterator]());
  try {
    const firsts = await Promise.all(iterators.map((iterator) => iterator.next()));
    const inputs: MergeInput[] = [];
    firsts.forEach((first, index) => {
      if (first.done !== true) inputs.push(new MergeInput(index, iterators[index], first.value));
    });
    yield* merge(new MergeHeap(inputs), ctx);
  } finally {
    // Streams that ended do nothing here. One that is stuck must not hold up the caller: its own cancellation ends it.
    for (const iterator of iterators) iterator.return?.().then(undefined, () => {});
  }
}

async function* merge(heap: MergeHeap, ctx: CallContext): AsyncIterable<SeriesBatch> {
  const output = new MergeOutput();
  while (heap.size > 0) {
    ctx.cancel.throwIfCancelled();
    const input = heap.top;
    const { second } = heap;
    let end = second === undefined ? input.batch.count : input.below(second);
    // The last series of a batch may go on in the next batch.
    if (end === input.batch.count && (await input.nextContinues())) end = firstOfLast(input);
    if (end > input.at) {
      output.run(input.batch, input.at, end, input.repeats > 0);
      input.at = end;
      if (end < input.batch.count || (await input.advance())) heap.fixTop();
      else heap.pop();
    } else {
      await joinTop(heap, output);
    }
    for (let batch = output.take(); batch !== undefined; batch = output.take()) yield batch;
  }
  output.flush();
  for (let batch = output.take(); batch !== undefined; batch = output.take()) yield batch;
}

/** Where, from `at` on, the series equal to the last one of the batch begin. */
function firstOfLast(input: MergeInput): number {
  let i = input.batch.count - 1;
  while (input.repeats > 0 && i > input.at && equalLabels(input.batch, i, input.batch, i - 1)) i--;
  return i;
}

/** Joins all series, of all streams, that are equal to the top one. */
async function joinTop(heap: MergeHeap, output: MergeOutput): Promise<void> {
  const members: Member[] = [];
  do {
    const input = heap.top;
    let more = true;
    do {
      members.push({ batch: input.batch, at: input.at });
      input.at++;
      if (input.at === input.batch.count) more = await input.advance();
    } while (more && equalLabels(members[0].batch, members[0].at, input.batch, input.at));
    if (more) heap.fixTop();
    else heap.pop();
  } while (heap.size > 0 && equalLabels(members[0].batch, members[0].at, heap.top.batch, heap.top.at));
  output.join(members);
}

function equalLabels(a: SeriesBatch, i: number, b: SeriesBatch, k: number): boolean {
  const length = a.labelLength[i];
  if (length !== b.labelLength[k]) return false;
  const x = a.labelBuffers[a.labelBuffer[i]];
  const y = b.labelBuffers[b.labelBuffer[k]];
  const xo = a.labelOffset[i];
  const yo = b.labelOffset[k];
  // Sorted neighbours differ near the end.
  for (let at = length - 1; at >= 0; at--) if (x[xo + at] !== y[yo + at]) return false;
  return true;
}

/** Collects what a merge gives into batches. */
class MergeOutput {
  #builder = new SeriesBatchBuilder();
  readonly #units = new ChunkUnits();
  readonly #ready: SeriesBatch[] = [];

  /** Adds series `from` to `to` (exclusive) of a batch, joining equal neighbours when there may be some. */
  run(batch: SeriesBatch, from: number, to: number, mayRepeat: boolean): void {
    if (mayRepeat) {
      for (let i = from; i < to;) {
        let end = i + 1;
        while (end < to && equalLabels(batch, i, batch, end)) end++;
        if (end - i > 1) this.join(range(batch, i, end));
        else this.#move(batch, i, end);
        i = end;
      }
    } else if (to - from >= SLICE_SERIES || to - from === batch.count) {
      this.flush();
      this.#ready.push(sliceBatch(batch, from, to));
    } else {
      this.#move(batch, from, to);
    }
  }

  /** Adds one series made of all members, which have equal labels. */
  join(members: readonly Member[]): void {
    const units = this.#units;
    units.clear();
    let rows = 0;
    for (const { batch, at } of members) {
      units.add(batch, batch.chunkStart[at], batch.chunkStart[at + 1]);
      rows += batch.chunkStart[at + 1] - batch.chunkStart[at];
    }
    units.sortAndDedupe();
    this.#room(rows);
    const [{ batch, at }] = members;
    this.#builder.series(batch.labelBuffers[batch.labelBuffer[at]], batch.labelOffset[at], batch.labelLength[at]);
    for (let u = 0; u < units.count; u++)
      this.#builder.chunkRows(units.batches[units.source[u]], units.first[u], units.end[u]);
  }

  /** A finished batch, undefined when none is ready. */
  take(): SeriesBatch | undefined {
    return this.#ready.shift();
  }

  /** Finishes what was collected. */
  flush(): void {
    if (this.#builder.count === 0) return;
    this.#ready.push(this.#builder.finish());
    this.#builder = new SeriesBatchBuilder();
  }

  #move(batch: SeriesBatch, from: number, to: number): void {
    this.#room(batch.chunkStart[to] - batch.chunkStart[from]);
    this.#builder.rows(batch, from, to);
  }

  #room(rows: number): void {
    const builder = this.#builder;
    if (builder.count >= BATCH_SERIES || builder.chunkCount >= BATCH_CHUNKS || !builder.hasRoomFor(rows)) this.flush();
  }
}

function range(batch: SeriesBatch, from: number, to: number): Member[] {
  const members: Member[] = [];
  for (let at = from; at < to; at++) members.push({ batch, at });
  return members;
}
