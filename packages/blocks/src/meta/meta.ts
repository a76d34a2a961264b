import { TsanosError } from '@tsanos/bytes';
import { compareUtf8, hashLabels, Labels } from '@tsanos/model';
import {
  decodeGoJson,
  goAny,
  goBool,
  goInt,
  goInt64,
  goMap,
  goSlice,
  goString,
  goStruct,
  goUint64,
  type GoType,
} from '../go-json/decode.ts';
import { encodeGoJson, int64Json, uint64Json } from '../go-json/encode.ts';
import { goTime, goUlid } from './go-values.ts';

export const META_FILE = 'meta.json';
export const INDEX_FILE = 'index';
export const CHUNKS_DIR = 'chunks';

export type BlockSource =
  | ''
  | 'sidecar'
  | 'receive'
  | 'compactor'
  | 'compactor.repair'
  | 'ruler'
  | 'bucket.repair'
  | 'bucket.rewrite'
  | 'bucket.upload'
  | 'test'
  | (string & {});

export interface MetaStats {
  numSamples: number;
  numFloatSamples: number;
  numHistogramSamples: number;
  numSeries: number;
  numChunks: number;
  numTombstones: number;
}

export interface MetaParent {
  ulid: string;
  minTime: number;
  maxTime: number;
}

export interface MetaCompaction {
  level: number;
  sources: string[];
  deletable: boolean;
  parents: MetaParent[];
  failed: boolean;
  hints: string[];
}

/** A file of the block, relative to its folder. */
export interface MetaFile {
  rel_path: string;
  /** 0 = unknown. */
  size_bytes: number;
  hash: { hashFunc: string; value: string };
}

/** One rewrite of a block by a tool. */
export interface MetaRewrite {
  sources: string[];
  deletions_applied: {
    matchers: { Type: number; Name: string; Value: string }[];
    intervals: { Mint: number; Maxt: number }[];
    request_id: string;
  }[];
  /** Relabelling rules as they were written. */
  relabels_applied: unknown[];
}

/** What Thanos adds to a block. */
export interface ThanosSection {
  version: number;
  /** External labels, sorted by name; they are in no series of the block. */
  labels: Map<string, string>;
  downsample: { resolution: number };
  source: BlockSource;
  segment_files: string[];
  files: MetaFile[];
  rewrites: MetaRewrite[];
  index_stats: { series_max_size: number; chunk_max_size: number };
  extensions: unknown;
  /** RFC 3339; `0001-01-01T00:00:00Z` = unknown. */
  upload_time: string;
}

/** meta.json of a block as Thanos keeps it. Times are ms, the range [minTime, maxTime). */
export interface Meta {
  ulid: string;
  minTime: number;
  maxTime: number;
  stats: MetaStats;
  compaction: MetaCompaction;
  version: number;
  thanos: ThanosSection;
}

const u64 = { type: goUint64 };
const i64 = { type: goInt64 };
const text = { type: goString };
const ulids = { type: goSlice(goUlid) };
const parent = goStruct<MetaParent>(
  'BlockDesc',
  { ulid: { type: goUlid }, minTime: i64, maxTime: i64 },
  'tsdb.BlockDesc',
);
const stats = goStruct<MetaStats>(
  'BlockStats',
  {
    numSamples: u64,
    numFloatSamples: u64,
    numHistogramSamples: u64,
    numSeries: u64,
    numChunks: u64,
    numTombstones: u64,
  },
  'tsdb.BlockStats',
);
const compaction = goStruct<MetaCompaction>(
  'BlockMetaCompaction',
  {
    level: { type: goInt },
    sources: ulids,
    deletable: { type: goBool },
    parents: { type: goSlice(parent) },
    failed: { type: goBool },
    hints: { type: goSlice(goString) },
  },
  'tsdb.BlockMetaCompaction',
);
const file = goStruct<MetaFile>(
  'File',
  {
    rel_path: text,
    size_bytes: i64,
    hash: { type: goStruct('ObjectHash', { hashFunc: text, value: text }, 'metadata.ObjectHash') },
  },
  'metadata.File',
);
const matcher = goStruct(
  'Matcher',
  { Type: { type: { ...goInt, name: 'labels.MatchType', read: readMatchType } }, Name: text, Value: text },
  'labels.Matcher',
);
const deletion = goStruct<MetaRewrite['deletions_applied'][number]>(
  'DeletionRequest',
  {
    matchers: { type: goSlice(matcher) },
    intervals: { type: goSlice(goStruct('Interval', { Mint: i64, Maxt: i64 }, 'tombstones.Interval')) },
    request_id: text,
  },
  'metadata.DeletionRequest',
);
const rewrite = goStruct<MetaRewrite>(
  'Rewrite',
  { sources: ulids, deletions_applied: { type: goSlice(deletion) }, relabels_applied: { type: goSlice(goAny) } },
  'metadata.Rewrite',
);
const thanos: GoType<ThanosSection> = goStruct<ThanosSection>(
  'Thanos',
  {
    version: { type: goInt },
    labels: { type: goMap(goString) },
    downsample: { type: goStruct('ThanosDownsample', { resolution: i64 }, 'metadata.ThanosDownsample') },
    source: { type: { ...goString, name: 'metadata.SourceType' } },
    segment_files: { type: goSlice(goString) },
    files: { type: goSlice(file) },
    rewrites: { type: goSlice(rewrite) },
    index_stats: { type: goStruct('IndexStats', { series_max_size: i64, chunk_max_size: i64 }, 'metadata.IndexStats') },
    extensions: { type: goAny },
    upload_time: { type: goTime },
  },
  'metadata.Thanos',
);
const inBlockMeta = 'BlockMeta';
const metaType = goStruct<Meta>(
  'Meta',
  {
    ulid: { type: goUlid, embeddedIn: inBlockMeta },
    minTime: { type: goInt64, embeddedIn: inBlockMeta },
    maxTime: { type: goInt64, embeddedIn: inBlockMeta },
    stats: { type: stats, embeddedIn: inBlockMeta },
    compaction: { type: compaction, embeddedIn: inBlockMeta },
    version: { type: goInt, embeddedIn: inBlockMeta },
    thanos: { type: thanos },
  },
  'metadata.Meta',
);

function readMatchType(...[node, place, old]: Parameters<typeof goInt.read>): number | undefined {
  const errors: Error[] = [];
  const value = goInt.read(node, { ...place, errors }, old);
  for (const error of errors)
    place.errors.push(new TsanosError('corrupt', 'bad-json', error.message.replace(/int$/, 'labels.MatchType')));
  return value;
}

/**
 * Reads meta.json as Thanos does, with its error texts. What is no JSON of this shape is of kind corrupt, another version of kind unsupported.
 * A ULID in it is checked, so that it can name files. Unknown keys are dropped.
 */
export function parseMeta(bytes: Uint8Array): Meta {
  const meta = decodeGoJson(bytes, metaType, true);
  if (meta.version !== 1)
    throw new TsanosError('unsupported', 'meta-version', `unexpected meta file version ${meta.version}`, {
      version: meta.version,
    });
  if (meta.thanos.version > 1 || meta.thanos.version < 0) {
    // Thanos prints the outer version here.
    throw new TsanosError(
      'unsupported',
      'meta-version',
      `unexpected meta file Thanos section version ${meta.version}`,
      { version: meta.thanos.version },
    );
  }
  meta.thanos.labels = sortedLabels(meta.thanos.labels);
  return meta;
}

/** A meta.json with nothing in it, to start from. */
export function emptyMeta(): Meta {
  return { ...metaType.zero(), version: 1 };
}

/** External labels in their order. */
export function sortedLabels(labels: Iterable<readonly [string, string]>): Map<string, string> {
  return new Map([...labels].sort((a, b) => compareUtf8(a[0], b[0])));
}

/** External labels for matching and merging. */
export function metaLabels(meta: Meta): Labels {
  return Labels.from(meta.thanos.labels);
}

/** `<resolution>@<hash of the external labels>`: blocks of one stream have the same. */
export function groupKey(meta: Meta): string {
  const hash = new Uint32Array(2);
  hashLabels(meta.thanos.labels, hash);
  return `${meta.thanos.downsample.resolution}@${(BigInt(hash[0]) << 32n) | BigInt(hash[1])}`;
}

/** meta.json's bytes exactly as Thanos writes them. */
export function encodeMeta(meta: Meta): Uint8Array {
  const { thanos: t, compaction: c } = meta;
  const shape = {
    ulid: meta.ulid,
    minTime: int64Json(meta.minTime),
    maxTime: int64Json(meta.maxTime),
    stats: Object.fromEntries(
      Object.entries(meta.stats).map(([key, value]) => [key, value === 0 ? undefined : uint64Json(value as number)]),
    ),
    compaction: {
      level: c.level,
      sources: unlessEmpty(c.sources),
      deletable: c.deletable || undefined,
      parents: unlessEmpty(
        c.parents.map((p) => ({ ulid: p.ulid, minTime: int64Json(p.minTime), maxTime: int64Json(p.maxTime) })),
      ),
      failed: c.failed || undefined,
      hints: unlessEmpty(c.hints),
    },
    version: meta.version,
    thanos: {
      version: t.version || undefined,
      labels: t.labels,
      downsample: { resolution: int64Json(t.downsample.resolution) },
      source: t.source,
      segment_files: unlessEmpty(t.segment_files),
      files: unlessEmpty(t.files.map(fileShape)),
      rewrites: unlessEmpty(t.rewrites.map(rewriteShape)),
      index_stats: {
        series_max_size: unlessZero(t.index_stats.series_max_size),
        chunk_max_size: unlessZero(t.index_stats.chunk_max_size),
      },
      extensions: t.extensions ?? undefined,
      upload_time: t.upload_time,
    },
  };
  return Buffer.from(`${encodeGoJson(shape, '\t')}\n`);
}

function fileShape(entry: MetaFile): object {
  const { hashFunc, value } = entry.hash;
  return {
    rel_path: entry.rel_path,
    size_bytes: unlessZero(entry.size_bytes),
    hash: hashFunc === '' && value === '' ? undefined : { hashFunc, value },
  };
}

function rewriteShape(entry: MetaRewrite): object {
  return {
    sources: unlessEmpty(entry.sources),
    deletions_applied: unlessEmpty(
      entry.deletions_applied.map((d) => ({
        matchers: d.matchers.length === 0 ? null : d.matchers,
        intervals: unlessEmpty(d.intervals.map((i) => ({ Mint: int64Json(i.Mint), Maxt: int64Json(i.Maxt) }))),
        request_id: d.request_id === '' ? undefined : d.request_id,
      })),
    ),
    relabels_applied: unlessEmpty(entry.relabels_applied),
  };
}

function unlessEmpty<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function unlessZero(value: number): object | undefined {
  return value === 0 ? undefined : int64Json(value);
}
