import { TsanosError } from '@tsanos/bytes';
import { isNotFound, type Bucket } from '@tsanos/objstore';
import { decodeGoJson, goInt, goInt64, goString, goStruct, type GoType } from './go-json/decode.ts';
import { encodeGoJson, int64Json } from './go-json/encode.ts';
import { goUlid } from './meta/go-values.ts';

export type MarkerKind = 'deletion-mark' | 'no-compact-mark' | 'no-downsample-mark';

/** A mark on a block. */
export interface Marker {
  id: string;
  details: string;
  /** When, in seconds since the epoch. */
  time: number;
  /** Of no-compact and no-downsample marks. */
  reason: string;
}

interface MarkerShape {
  readonly file: string;
  readonly timeKey: string;
  readonly hasReason: boolean;
  readonly type: GoType<Record<string, string | number>>;
}

function shape(kind: MarkerKind, goName: string, timeKey: string, hasReason: boolean): MarkerShape {
  const fields = {
    id: { type: goUlid },
    version: { type: goInt },
    details: { type: goString },
    [timeKey]: { type: goInt64 },
    ...(hasReason ? { reason: { type: goString } } : {}),
  };
  const type = goStruct<Record<string, string | number>>(goName, fields as never, `metadata.${goName}`);
  return { file: `${kind}.json`, timeKey, hasReason, type };
}

const SHAPES: Readonly<Record<MarkerKind, MarkerShape>> = {
  'deletion-mark': shape('deletion-mark', 'DeletionMark', 'deletion_time', false),
  'no-compact-mark': shape('no-compact-mark', 'NoCompactMark', 'no_compact_time', true),
  'no-downsample-mark': shape('no-downsample-mark', 'NoDownsampleMark', 'no_downsample_time', true),
};

/** `<ulid>/deletion-mark.json` and the like. */
export function markerName(kind: MarkerKind, ulid: string): string {
  return `${ulid}/${SHAPES[kind].file}`;
}

/**
 * Reads a marker's text; `ulid` is the folder it was found in. Kind corrupt when it does not decode, unsupported when it is of another
 * version; the texts are Thanos'.
 */
export function parseMarker(kind: MarkerKind, ulid: string, bytes: Uint8Array): Marker {
  const { type, timeKey } = SHAPES[kind];
  let value: Record<string, string | number>;
  try {
    value = decodeGoJson(bytes, type, false);
  } catch (error) {
    const message = `file: ${markerName(kind, ulid)}; err: ${(error as Error).message}: unmarshal marker JSON`;
    throw new TsanosError('corrupt', 'corrupt-marker', message, { block: ulid }, error);
  }
  if (value.version !== 1) {
    throw new TsanosError(
      'unsupported',
      'marker-version',
      `unexpected ${kind} file version ${value.version}, expected 1`,
      { block: ulid },
    );
  }
  return {
    id: String(value.id),
    details: String(value.details),
    time: Number(value[timeKey]),
    reason: String(value.reason ?? ''),
  };
}

/** A marker's bytes as Thanos writes them. */
export function encodeMarker(kind: MarkerKind, marker: Marker): Uint8Array {
  const { timeKey, hasReason } = SHAPES[kind];
  const value = {
    id: marker.id,
    version: 1,
    details: marker.details === '' ? undefined : marker.details,
    [timeKey]: int64Json(marker.time),
    reason: hasReason ? marker.reason : undefined,
  };
  return Buffer.from(encodeGoJson(value, ''));
}

/** The marker of a block, undefined when it has none. Throws as `parseMarker` does. */
export async function readMarker(
  bucket: Bucket,
  kind: MarkerKind,
  ulid: string,
  signal?: AbortSignal,
): Promise<Marker | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await bucket.get(markerName(kind, ulid), signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  return parseMarker(kind, ulid, bytes);
}

/** Marks a block unless it is marked already; false when it was. Time in ms. */
export async function markBlock(
  bucket: Bucket,
  kind: MarkerKind,
  ulid: string,
  marker: { details?: string; reason?: string; nowMs?: number },
  signal?: AbortSignal,
): Promise<boolean> {
  const full = {
    id: ulid,
    details: marker.details ?? '',
    time: Math.floor((marker.nowMs ?? Date.now()) / 1000),
    reason: marker.reason ?? '',
  };
  return bucket.uploadIfAbsent(markerName(kind, ulid), encodeMarker(kind, full), signal);
}
