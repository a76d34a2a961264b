import type { BinaryNode, Frame } from '../../plan/nodes.ts';
import { frameSteps } from '../../plan/nodes.ts';
import { Grouper } from '../aggregation/grouper.ts';
import { mergeRows } from '../merge-rows.ts';
import type { Query } from '../query.ts';
import { collectRows, keepRow, streamRows, type Row } from '../row.ts';
import { RowBatch } from '../row-batch.ts';
import { afterLeft } from './left-first.ts';

/** At which steps a signature has any element. */
class Signatures {
  readonly #grouper: Grouper;
  readonly #seen: (Uint8Array | undefined)[] = [];
  readonly #delayed: boolean;

  constructor(query: Query, node: BinaryNode) {
    this.#grouper = new Grouper(node.matching?.labels ?? [], node.matching?.on !== true);
    this.#delayed = query.delayed;
  }

  #of(batch: RowBatch, row: number): number {
    const nameless = batch.dropName[row] === 1 && !this.#delayed;
    // An empty `on ()` is one group for all.
    return this.#grouper.groupOf(batch.labelBuffer[row], batch.labelOffset[row], batch.labelLength[row], nameless);
  }

  record(batch: RowBatch, row: number): void {
    const seen = (this.#seen[this.#of(batch, row)] ??= new Uint8Array(batch.steps));
    const base = row * batch.steps;
    for (let i = 0; i < batch.steps; i++) if (batch.present[base + i] !== 0) seen[i] = 1;
  }

  /** Clears the cells of a row whose signature is (`wanted` false) or is not (true) present. */
  mask(batch: RowBatch, row: number, wanted: boolean): void {
    const seen = this.#seen[this.#of(batch, row)];
    const base = row * batch.steps;
    if (seen === undefined) {
      if (wanted) batch.present.fill(0, base, base + batch.steps);
      return;
    }
    const drop = wanted ? 0 : 1;
    for (let i = 0; i < batch.steps; i++) if (seen[i] === drop) batch.present[base + i] = 0;
  }
}

/** The rows of `and`, `or` and `unless`. */
export async function* setRows(query: Query, node: BinaryNode, frame: Frame): AsyncGenerator<RowBatch> {
  const signatures = new Signatures(query, node);
  if (node.op === 'or') {
    yield* orRows(query, node, frame, signatures);
    return;
  }
  await afterLeft(query, node, frame, async () => {
    for await (const batch of query.rows(node.rhs, frame)) {
      for (let row = 0; row < batch.count; row++) signatures.record(batch, row);
    }
  });
  for await (const batch of query.rows(node.lhs, frame)) {
    for (let row = 0; row < batch.count; row++) signatures.mask(batch, row, node.op === 'and');
    yield batch;
  }
}

async function* orRows(query: Query, node: BinaryNode, frame: Frame, signatures: Signatures): AsyncGenerator<RowBatch> {
  const rows: Row[] = await collectRows(query.rows(node.lhs, frame), (batch) => {
    for (let row = 0; row < batch.count; row++) signatures.record(batch, row);
  });
  for await (const batch of query.rows(node.rhs, frame)) {
    for (let row = 0; row < batch.count; row++) {
      signatures.mask(batch, row, false);
      rows.push(keepRow(batch, row));
    }
  }
  yield* streamRows(
    mergeRows(
      rows.filter(({ present }) => present.some((kind) => kind !== 0)),
      query.delayed,
    ),
    new RowBatch(frameSteps(frame)),
  );
}
