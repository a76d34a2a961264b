import { isUlid, TsanosError } from '@tsanos/bytes';

/** Counts of a block; what is absent is 0. */
export interface BlockStats {
  numSamples?: number;
  numFloatSamples?: number;
  numHistogramSamples?: number;
  numSeries?: number;
  numChunks?: number;
  numTombstones?: number;
}

export interface BlockParent {
  ulid: string;
  minTime: number;
  maxTime: number;
}

/** How a block came to be. */
export interface BlockCompaction {
  level: number;
  sources?: string[];
  deletable?: boolean;
  parents?: BlockParent[];
  failed?: boolean;
  hints?: string[];
}

/** meta.json of a block as Prometheus writes it; keys that Prometheus does not know (`thanos`) are in `extra`. */
export interface BlockMeta {
  ulid: string;
  /** ms, included. */
  minTime: number;
  /** ms, excluded. */
  maxTime: number;
  stats: BlockStats;
  compaction: BlockCompaction;
  version: 1;
  extra?: Record<string, unknown>;
}

const STATS = [
  'numSamples',
  'numFloatSamples',
  'numHistogramSamples',
  'numSeries',
  'numChunks',
  'numTombstones',
] as const;
const KNOWN = new Set(['ulid', 'minTime', 'maxTime', 'stats', 'compaction', 'version']);

/** Reads meta.json; `what` names it in errors, which are of kind corrupt. */
export function parseBlockMeta(bytes: Uint8Array, what = 'meta.json'): BlockMeta {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    throw bad(what, (error as Error).message);
  }
  const object = record(value, what, 'the file');
  if (object.version !== 1) throw bad(what, `unexpected meta file version ${String(object.version ?? 0)}`);
  if (typeof object.ulid !== 'string' || !isUlid(object.ulid))
    throw bad(what, `ulid ${JSON.stringify(object.ulid)} is not a ULID`);
  const stats: BlockStats = {};
  const rawStats = object.stats === undefined || object.stats === null ? {} : record(object.stats, what, 'stats');
  for (const key of STATS) if (rawStats[key] !== undefined) stats[key] = integer(rawStats[key], what, `stats.${key}`);
  const extra: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(object)) if (!KNOWN.has(key)) extra[key] = entry;
  return {
    ulid: object.ulid,
    minTime: integer(object.minTime ?? 0, what, 'minTime'),
    maxTime: integer(object.maxTime ?? 0, what, 'maxTime'),
    stats,
    compaction: parseCompaction(object.compaction, what),
    version: 1,
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

function parseCompaction(value: unknown, what: string): BlockCompaction {
  if (value === undefined || value === null) return { level: 0 };
  const raw = record(value, what, 'compaction');
  const compaction: BlockCompaction = { level: integer(raw.level ?? 0, what, 'compaction.level') };
  if (Array.isArray(raw.sources) && raw.sources.length > 0)
    compaction.sources = raw.sources.map((source) => text(source, what, 'compaction.sources'));
  if (raw.deletable === true) compaction.deletable = true;
  if (Array.isArray(raw.parents) && raw.parents.length > 0) {
    compaction.parents = raw.parents.map((parent: unknown) => {
      const entry = record(parent, what, 'compaction.parents');
      return {
        ulid: text(entry.ulid, what, 'compaction.parents'),
        minTime: integer(entry.minTime ?? 0, what, 'compaction.parents'),
        maxTime: integer(entry.maxTime ?? 0, what, 'compaction.parents'),
      };
    });
  }
  if (raw.failed === true) compaction.failed = true;
  if (Array.isArray(raw.hints) && raw.hints.length > 0)
    compaction.hints = raw.hints.map((hint) => text(hint, what, 'compaction.hints'));
  return compaction;
}

/** The file's bytes: Prometheus' key order, one tab of indentation; zero counts and unset keys left out; unknown keys last. */
export function encodeBlockMeta(meta: BlockMeta): Uint8Array {
  const stats: BlockStats = {};
  for (const key of STATS) if ((meta.stats[key] ?? 0) !== 0) stats[key] = meta.stats[key];
  const { level, sources, deletable, parents, failed, hints } = meta.compaction;
  const compaction: BlockCompaction = { level };
  if (sources !== undefined && sources.length > 0) compaction.sources = sources;
  if (deletable === true) compaction.deletable = true;
  if (parents !== undefined && parents.length > 0) compaction.parents = parents;
  if (failed === true) compaction.failed = true;
  if (hints !== undefined && hints.length > 0) compaction.hints = hints;
  const { ulid, minTime, maxTime, version } = meta;
  return Buffer.from(
    JSON.stringify({ ulid, minTime, maxTime, stats, compaction, version, ...meta.extra }, undefined, '\t'),
  );
}

function record(value: unknown, what: string, key: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(what, `${key} is not an object`);
  return value as Record<string, unknown>;
}

function integer(value: unknown, what: string, key: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw bad(what, `${key} is not an integer`);
  return value;
}

function text(value: unknown, what: string, key: string): string {
  if (typeof value !== 'string') throw bad(what, `${key} has something that is not a string`);
  return value;
}

function bad(what: string, message: string): TsanosError {
  return new TsanosError('corrupt', 'corrupt-meta', `${what}: ${message}`);
}
