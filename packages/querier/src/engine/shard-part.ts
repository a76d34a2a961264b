import { compareLabelBytes } from '@tsanos/model';
import { JsonWriter, type QueryResult } from '@tsanos/promql';
import { Body, writeList } from './answer.ts';

/** Rows of an answer as JSON, and by what they sort; in shared memory, so that threads hand them on without copies. */
export interface ShardPart {
  readonly json: Uint8Array;
  /** Where each row of `json` ends. */
  readonly jsonEnds: Uint32Array;
  /** Protobuf label bytes of the rows, ascending. */
  readonly labels: Uint8Array;
  readonly labelEnds: Uint32Array;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly peakSamples: number;
  /** Whether storage had something to warn of: the answer may be incomplete. */
  readonly partial: boolean;
}

/** A share of the answer to a range query; `warnings` are those of storage. */
export function shardPart({ value, ...result }: QueryResult, warnings: readonly string[]): ShardPart {
  if (value.type !== 'matrix') throw new TypeError(`a share of a range query is no ${value.type}`);
  const { series } = value;
  const json = new JsonWriter();
  const labels = shared(series.reduce((sum, row) => sum + row.labels.length, 0));
  const jsonEnds = new Uint32Array(series.length);
  const labelEnds = new Uint32Array(series.length);
  let used = 0;
  series.forEach((row, i) => {
    json.matrixRow(row.labels, 0, row.labels.length, row.times, row.values, row.present, row.histograms);
    labels.set(row.labels, used);
    jsonEnds[i] = json.length;
    labelEnds[i] = used += row.labels.length;
  });
  const bytes = shared(json.length);
  bytes.set(json.view());
  return {
    json: bytes,
    jsonEnds,
    labels,
    labelEnds,
    warnings: [...new Set([...warnings, ...result.warnings])],
    infos: result.infos,
    peakSamples: result.stats.peakSamples,
    partial: warnings.length > 0,
  };
}

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/**
 * The body of the whole answer, byte for byte as one thread would have written it; undefined when the shares do not tell
 * what that is: when they warn of different things, or held more samples together than one query may.
 */
export function joinParts(parts: readonly ShardPart[], maxSamples: number): Uint8Array[] | undefined {
  const [{ warnings, infos }] = parts;
  const agree = parts.every((part) => sameTexts(part.warnings, warnings) && sameTexts(part.infos, infos));
  const held = parts.reduce((sum, part) => sum + part.peakSamples, 0);
  if (!agree || (maxSamples > 0 && held > maxSamples)) return undefined;
  const body = new Body();
  body.out.ascii('{"status":"success","data":{"resultType":"matrix","result":[');
  mergeRows(parts, (json, i) => {
    if (i > 0) body.out.ascii(',');
    body.out.raw(json);
    body.cut();
  });
  body.out.ascii(']}');
  writeList(body.out, 'warnings', warnings);
  writeList(body.out, 'infos', infos);
  body.out.ascii('}');
  return body.finish();
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text) => b.includes(text));
}

/** The rows of all parts in label order. */
function mergeRows(parts: readonly ShardPart[], emit: (json: Uint8Array, index: number) => void): void {
  const cursors = parts.map((part) => new RowCursor(part)).filter((cursor) => !cursor.ended);
  for (let index = 0; cursors.length > 0; index++) {
    let least = 0;
    for (let i = 1; i < cursors.length; i++) if (cursors[i].compare(cursors[least]) < 0) least = i;
    const cursor = cursors[least];
    emit(cursor.json, index);
    cursor.next();
    if (cursor.ended) cursors.splice(least, 1);
  }
}

class RowCursor {
  readonly #part: ShardPart;
  #row = 0;

  constructor(part: ShardPart) {
    this.#part = part;
  }

  get ended(): boolean {
    return this.#row >= this.#part.jsonEnds.length;
  }

  get json(): Uint8Array {
    return this.#part.json.subarray(startOf(this.#part.jsonEnds, this.#row), this.#part.jsonEnds[this.#row]);
  }

  next(): void {
    this.#row++;
  }

  compare(other: RowCursor): number {
    const from = startOf(this.#part.labelEnds, this.#row);
    const otherFrom = startOf(other.#part.labelEnds, other.#row);
    const length = this.#part.labelEnds[this.#row] - from;
    const otherLength = other.#part.labelEnds[other.#row] - otherFrom;
    return compareLabelBytes(this.#part.labels, from, length, other.#part.labels, otherFrom, otherLength);
  }
}

function startOf(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : ends[row - 1];
}
