import { TsanosError } from '@tsanos/bytes';
import { encodeLabels, Labels, labelsToString, type FloatHistogram } from '@tsanos/model';
import type { VectorMatching } from '../../parser/ast.ts';
import type { BinaryNode, Frame } from '../../plan/nodes.ts';
import { frameSteps } from '../../plan/nodes.ts';
import { Grouper } from '../aggregation/grouper.ts';
import { bytesKey, effectiveBytes, METADATA, toLabels } from '../label-edit.ts';
import { sameLabelsError } from '../merge-rows.ts';
import type { Query } from '../query.ts';
import { collectRows, emptyRow, setHistogram, streamRows, type Row } from '../row.ts';
import { FLOAT, HISTOGRAM, RowBatch } from '../row-batch.ts';
import { elementOp } from './element-op.ts';
import { compareFloats, floatArithmetic, isComparison } from './float-op.ts';
import { StepNotes } from './step-notes.ts';

/** Rows of both sides with one signature. */
interface MatchGroup {
  readonly many: Row[];
  readonly one: Row[];
  readonly labels: Uint8Array;
}

/** A result series: its row, and by step which match group touched it last (plus one). */
interface Output {
  readonly row: Row;
  readonly touched: Int32Array;
}

/** The rows of an operator between two vectors (not a set operator). */
export async function* vectorVectorRows(
  query: Query,
  node: BinaryNode,
  frame: Frame,
  matching: VectorMatching,
): AsyncGenerator<RowBatch> {
  const steps = frameSteps(frame);
  const left = await collectRows(query.rows(node.lhs, frame));
  const right = await collectRows(query.rows(node.rhs, frame));
  const held = (left.length + right.length) * steps;
  query.hold(held);
  const join = new Join(query, node, matching, steps);
  await join.run(left, right);
  query.release(held);
  yield* streamRows(join.results(), new RowBatch(steps));
}

class Join {
  readonly #query: Query;
  readonly #node: BinaryNode;
  readonly #matching: VectorMatching;
  readonly #steps: number;
  readonly #swapped: boolean;
  readonly #outputs = new Map<string, Output>();
  readonly #notes = new StepNotes();
  /** The error of the earliest step: Prometheus goes step by step and stops at the first. */
  #error: TsanosError | undefined;
  #errorStep = Infinity;
  #errorRank = Infinity;
  #ranks = new Map<Row, number>();

  constructor(query: Query, node: BinaryNode, matching: VectorMatching, steps: number) {
    this.#query = query;
    this.#node = node;
    this.#matching = matching;
    this.#steps = steps;
    this.#swapped = matching.card === 'one-to-many';
  }

  async run(left: Row[], right: Row[]): Promise<void> {
    const { fillLeft, fillRight, labels, on } = this.#matching;
    const [many, one] = this.#swapped ? [right, left] : [left, right];
    const grouper = new Grouper(labels, !on);
    const groups: MatchGroup[] = [];
    const groupOf = (row: Row): MatchGroup => {
      const nameless = row.dropName && !this.#query.delayed;
      const id = grouper.groupOf(row.labels, 0, row.labels.length, nameless);
      return (groups[id] ??= { many: [], one: [], labels: grouper.labelsOf(id) });
    };
    for (const row of one) this.#ranks.set(row, this.#ranks.size);
    for (const row of many) this.#ranks.set(row, this.#ranks.size);
    for (const row of many) groupOf(row).many.push(row);
    for (const row of one) groupOf(row).one.push(row);
    const filled = fillLeft !== undefined || fillRight !== undefined;
    const live = filled ? undefined : liveSteps(many, one, this.#steps);
    for (let id = 0; id < groups.length; id++) {
      this.#joinGroup(groups[id], id, live);
      if (this.#query.due()) await this.#query.pause();
    }
    this.#notes.flush(this.#query, this.#node.pos);
    if (this.#error !== undefined) throw this.#error;
  }

  results(): Row[] {
    return [...this.#outputs.values()].map(({ row }) => row);
  }

  /** Of the errors of a step the one whose row comes first counts; duplicates on the one side are found before others. */
  #fail(step: number, row: Row, error: () => TsanosError): void {
    const rank = this.#ranks.get(row) ?? 0;
    if (step > this.#errorStep || (step === this.#errorStep && rank >= this.#errorRank)) return;
    this.#errorStep = step;
    this.#errorRank = rank;
    this.#error = error();
  }

  /** Which row of the one side has the cell of each step; -1 none. */
  #ones({ one, labels }: MatchGroup, live: Uint8Array | undefined): Int32Array {
    const at = new Int32Array(this.#steps).fill(-1);
    for (let k = 0; k < one.length; k++) {
      const { present } = one[k];
      for (let i = 0; i < this.#steps; i++) {
        if (present[i] === 0) continue;
        if (at[i] < 0) at[i] = k;
        else if (live === undefined || live[i] === 1)
          this.#fail(i, one[k], () => this.#duplicate(labels, one[at[i]], one[k]));
      }
    }
    return at;
  }

  #duplicate(labels: Uint8Array, a: Row, b: Row): TsanosError {
    const side = this.#swapped ? 'left' : 'right';
    const texts = [a, b].map((row) => labelsToString(this.#labelsOf(row))).sort();
    const text = `found duplicate series for the match group ${labelsToString(toLabels(labels))} on the ${side} hand-side of the operation: [${texts.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`;
    return new TsanosError('bad-input', 'promql-many-to-many', text);
  }

  #labelsOf(row: Row): Labels {
    return toLabels(effectiveBytes(row.labels, row.dropName, this.#query.delayed));
  }

  #joinGroup(group: MatchGroup, id: number, live: Uint8Array | undefined): void {
    const { fillLeft, fillRight, card } = this.#matching;
    const { many, one } = group;
    if (many.length === 0 && fillLeft === undefined && one.length < 2) return;
    if (one.length === 0 && fillRight === undefined) return;
    const at = this.#ones(group, live);
    const matched = new Uint8Array(this.#steps);
    for (const row of many) {
      if (
        one.length === 1 &&
        card === 'one-to-one' &&
        many.length === 1 &&
        fillLeft === undefined &&
        fillRight === undefined
      ) {
        this.#pairRows(row, one[0], id, live);
        continue;
      }
      const outputs: (Output | undefined)[] = [];
      for (let i = 0; i < this.#steps; i++) {
        if (row.present[i] === 0) continue;
        const k = at[i];
        if (k >= 0) {
          if (live === undefined || live[i] === 1) this.#element(row, one[k], i, id, matched, outputs, k);
        } else if (fillRight !== undefined)
          this.#element(row, filler(group, fillRight, i, this.#steps), i, id, matched, outputs, one.length);
      }
    }
    if (fillLeft === undefined) return;
    const filledOutputs: (Output | undefined)[] = [];
    for (let i = 0; i < this.#steps; i++) {
      if (matched[i] !== 0 || at[i] < 0) continue;
      this.#element(filler(group, fillLeft, i, this.#steps), one[at[i]], i, id, matched, filledOutputs, at[i]);
    }
  }

  /** One cell of each side; `outputs` remembers the result series of the many row by the one row's number. */
  #element(
    many: Row,
    one: Row,
    step: number,
    id: number,
    matched: Uint8Array,
    outputs: (Output | undefined)[],
    key: number,
  ): void {
    const { op, returnBool } = this.#node;
    const [l, r] = this.#swapped ? [one, many] : [many, one];
    const result = elementOp(op, l.values[step], r.values[step], histogramAt(l, step), histogramAt(r, step));
    this.#notes.take(step, result);
    if (result.warning !== undefined || result.info !== undefined) return;
    const { keep, value } = result;
    const { histogram } = result;
    const output = (outputs[key] ??= this.#output(many, one));
    if (this.#matching.card === 'one-to-one') {
      if (matched[step] === 1) {
        this.#fail(step, many, () => multiple('many-to-one matching must be explicit (group_left/group_right)'));
      }
    } else if (output.touched[step] === id + 1) {
      this.#fail(step, many, () => multiple('grouping labels must ensure unique matches'));
    }
    matched[step] = 1;
    output.touched[step] = id + 1;
    if (!keep && !returnBool) return;
    if (output.row.present[step] !== 0) this.#fail(step, many, sameLabelsError);
    if (returnBool) put(output.row, step, Number(keep), undefined);
    else put(output.row, step, value, histogram);
  }

  /** All cells of the only two rows of a group. */
  #pairRows(many: Row, one: Row, id: number, live: Uint8Array | undefined): void {
    const { op, returnBool } = this.#node;
    const output = this.#output(many, one);
    const { row, touched } = output;
    const [l, r] = this.#swapped ? [one, many] : [many, one];
    const compute = floatArithmetic(op);
    const comparison = isComparison(op);
    const matched = new Uint8Array(0);
    const outputs = [output];
    for (let i = 0; i < this.#steps; i++) {
      if (many.present[i] === 0 || one.present[i] === 0) continue;
      if (l.present[i] === HISTOGRAM || r.present[i] === HISTOGRAM || (compute === undefined && !comparison)) {
        if (live === undefined || live[i] === 1) this.#element(many, one, i, id, matched, outputs, 0);
        continue;
      }
      if (row.present[i] !== 0) this.#fail(i, many, sameLabelsError);
      touched[i] = id + 1;
      const a = l.values[i];
      const b = r.values[i];
      if (compute !== undefined) row.values[i] = compute(a, b);
      else {
        const holds = compareFloats(op, a, b);
        if (returnBool) row.values[i] = Number(holds);
        else if (!holds) continue;
        else row.values[i] = a;
      }
      row.present[i] = FLOAT;
    }
  }

  /** The result series of a pair; made when first needed. */
  #output(many: Row, one: Row): Output {
    const { card, on, labels, include } = this.#matching;
    const { op, returnBool } = this.#node;
    const drops = floatArithmetic(op) !== undefined || (returnBool && !this.#query.delayed);
    const map = new Map<string, string>();
    for (const [name, value] of this.#labelsOf(many)) {
      if (drops && METADATA.has(name)) continue;
      if (card === 'one-to-one' && labels.includes(name) !== on) continue;
      map.set(name, value);
    }
    if (include.length > 0) {
      const from = this.#labelsOf(one);
      for (const name of include) {
        const value = from.get(name);
        if (value === '') map.delete(name);
        else map.set(name, value);
      }
    }
    const bytes = encodeLabels(Labels.from(map));
    const key = bytesKey(bytes);
    let output = this.#outputs.get(key);
    if (output === undefined) {
      output = {
        row: emptyRow(bytes, this.#steps, this.#query.delayed && returnBool),
        touched: new Int32Array(this.#steps),
      };
      this.#outputs.set(key, output);
    }
    return output;
  }
}

function multiple(what: string): TsanosError {
  return new TsanosError('bad-input', 'promql-multiple-matches', `multiple matches for labels: ${what}`);
}

function histogramAt(row: Row, step: number): FloatHistogram | undefined {
  return row.present[step] === HISTOGRAM ? row.histograms?.[step] : undefined;
}

function put(row: Row, step: number, value: number, histogram: FloatHistogram | undefined): void {
  if (histogram !== undefined) setHistogram(row, step, histogram);
  else {
    row.values[step] = value;
    row.present[step] = FLOAT;
  }
}

/** The stand-in for a missing partner: the group's labels and a float. */
function filler({ labels }: MatchGroup, value: number, step: number, steps: number): Row {
  const row = emptyRow(labels, steps);
  row.values[step] = value;
  row.present[step] = FLOAT;
  return row;
}

/** Steps at which both sides have something; at others nothing is matched, nor checked. */
function liveSteps(many: readonly Row[], one: readonly Row[], steps: number): Uint8Array {
  const live = new Uint8Array(steps);
  for (const { present } of many) for (let i = 0; i < steps; i++) if (present[i] !== 0) live[i] = 1;
  for (const { present } of one) for (let i = 0; i < steps; i++) if (present[i] !== 0) live[i] |= 2;
  return live.map((bits) => (bits === 3 ? 1 : 0));
}
