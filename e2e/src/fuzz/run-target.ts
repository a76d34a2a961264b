import { TsanosError } from '@tsanos/bytes';
import { rolls } from '@tsanos/tsdb/testing';

/** A reader of bytes from outside, and how to make inputs for it. */
export interface FuzzTarget {
  readonly name: string;
  /** An input from a source of random numbers in [0, n). */
  input(roll: (n: number) => number): Uint8Array;
  /** Reads it. May throw nothing but a TsanosError. */
  read(bytes: Uint8Array): void | Promise<void>;
}

/** All of them, and how to remove what they lie on. */
export interface FuzzTargets {
  readonly targets: readonly FuzzTarget[];
  readonly close: () => void;
}

/** What a run over one target found. */
export interface FuzzResult {
  readonly name: string;
  readonly seed: number;
  readonly inputs: number;
  /** Inputs that were read without an error. */
  readonly accepted: number;
  readonly seconds: number;
  /** The slowest input, ms: the best of four readings of it. */
  readonly slowestMs: number;
  /** The most memory that one input of a suspicious batch took, bytes; 0 when no batch was. */
  readonly largestBytes: number;
  /** Seeds that broke a limit or crashed, with what happened; not more than 20. */
  readonly failures: readonly string[];
}

const MAX_MS = 50;
const MAX_BYTES = 64 * 1024 * 1024;
/** Inputs between two looks at the memory. */
const BATCH = 64;
const MAX_FAILURES = 20;

/**
 * Reads `inputs` random inputs; input `n` is made from seed `seed + n`, so that any can be replayed by a run of one. A slow
 * input counts when it is slow four times; a batch that took much memory is repeated input by input.
 */
export async function runTarget(target: FuzzTarget, seed: number, inputs: number): Promise<FuzzResult> {
  const failures: string[] = [];
  const fail = (of: number, what: string): void => {
    if (failures.length < MAX_FAILURES) failures.push(`${target.name}: seed ${of}: ${what}`);
  };
  let accepted = 0;
  let slowestMs = 0;
  let largestBytes = 0;
  const began = performance.now();
  for (let from = 0; from < inputs; from += BATCH) {
    const before = memory();
    const to = Math.min(inputs, from + BATCH);
    for (let n = from; n < to; n++) {
      const bytes = target.input(rolls(seed + n));
      const outcome = await once(target, bytes);
      if (outcome.error !== undefined) fail(seed + n, outcome.error);
      if (outcome.accepted) accepted++;
      let { ms } = outcome;
      // Repeated also when it would be the slowest so far, so that a pause of the machine is not taken for the reader's.
      for (let i = 0; i < 3 && ms > Math.min(MAX_MS, Math.max(1, slowestMs)); i++)
        ms = Math.min(ms, (await once(target, bytes)).ms);
      if (ms > MAX_MS) fail(seed + n, `${ms.toFixed(0)} ms`);
      slowestMs = Math.max(slowestMs, ms);
    }
    if (memory() - before <= MAX_BYTES) continue;
    for (let n = from; n < to; n++) {
      const taken = await memoryOf(target, target.input(rolls(seed + n)));
      if (taken > MAX_BYTES) fail(seed + n, `${(taken / 1048576).toFixed(0)} MiB`);
      largestBytes = Math.max(largestBytes, taken);
    }
  }
  const seconds = (performance.now() - began) / 1000;
  return { name: target.name, seed, inputs, accepted, seconds, slowestMs, largestBytes, failures };
}

async function once(
  target: FuzzTarget,
  bytes: Uint8Array,
): Promise<{ ms: number; accepted: boolean; error: string | undefined }> {
  // Readers may keep or change what they are given.
  const copy = bytes.slice();
  const started = performance.now();
  try {
    const pending = target.read(copy);
    if (pending !== undefined) await pending;
    return { ms: performance.now() - started, accepted: true, error: undefined };
  } catch (error) {
    const ms = performance.now() - started;
    if (error instanceof TsanosError) return { ms, accepted: false, error: undefined };
    return { ms, accepted: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function memoryOf(target: FuzzTarget, bytes: Uint8Array): Promise<number> {
  globalThis.gc?.();
  const before = memory();
  await once(target, bytes);
  return memory() - before;
}

/** Heap and buffers of this process, bytes. */
function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A line of the table that a run prints. */
export function resultLine(result: FuzzResult): string {
  const perInput = (result.seconds * 1e6) / result.inputs;
  return [
    result.name.padEnd(26),
    String(result.inputs).padStart(9),
    `${((100 * result.accepted) / result.inputs).toFixed(1)} %`.padStart(9),
    `${perInput.toFixed(1)} µs`.padStart(11),
    `${result.slowestMs.toFixed(1)} ms`.padStart(10),
    `${(result.largestBytes / 1048576).toFixed(0)} MiB`.padStart(9),
    String(result.failures.length).padStart(9),
    `  seed ${result.seed}`,
  ].join('');
}

export const RESULT_HEAD = `${'reader'.padEnd(26)}   inputs  accepted  per input   slowest  largest  failures`;
