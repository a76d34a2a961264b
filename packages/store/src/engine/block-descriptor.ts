import { TsanosError } from '@tsanos/bytes';
import type { Labels } from '@tsanos/model';
import { isNotFound } from '@tsanos/objstore';

/** What a worker knows of a block; part of the snapshot that main publishes. */
export interface BlockDescriptor {
  readonly ulid: string;
  readonly mint: number;
  readonly maxt: number;
  readonly resolutionMs: number;
  readonly labels: Labels;
  readonly seriesCount: number;
  /** Size of `index`, 0 when meta.json does not tell. */
  readonly indexBytes: number;
  /** Names (`chunks/000001`) and sizes of the segment files in order, as far as meta.json tells. */
  readonly segmentNames: readonly string[];
  readonly segmentBytes: readonly (number | undefined)[];
}

/** The error of a read of `name` in a block; where the object is missing, one that says which block lacks it. */
export function missingObject(error: unknown, ulid: string, name: string): unknown {
  if (!isNotFound(error)) return error;
  return new TsanosError(
    'corrupt',
    'missing-object',
    `block ${ulid}: ${name} is missing in the bucket`,
    { block: ulid },
    error,
  );
}
