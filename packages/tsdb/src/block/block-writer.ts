import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newUlid, parseUlid } from '@tsanos/bytes';
import { AGGR_ENCODING, Aggr, chunkSampleCount, Encoding, parseAggrChunk } from '@tsanos/series';
import { IndexWriter } from '../index-file/index-writer.ts';
import { SegmentWriter, type ChunkBody } from '../segments/segment-writer.ts';
import { Tombstones } from '../tombstones/tombstones.ts';
import { encodeBlockMeta, type BlockCompaction, type BlockMeta, type BlockStats } from './meta.ts';

export const TMP_SUFFIX = '.tmp-for-creation';

/** A chunk of a series to write; times in ms, both ends included. */
export interface BlockChunk extends ChunkBody {
  readonly mint: number;
  readonly maxt: number;
}

export interface BlockWriterOptions {
  /** A new one by default. */
  ulid?: string;
  /** Size at which a chunk file is full; Prometheus' 512 MiB by default. */
  segmentBytes?: number;
  /** Symbols the index has besides those that series use; '' by default, as Prometheus' head writes. */
  symbols?: Iterable<string>;
  /** Whether a tombstones file is written (empty): Prometheus always has one, Thanos never uploads one. */
  tombstones?: boolean;
}

/** What meta.json says that the series do not tell. */
export interface BlockFinish {
  /** ms, included; the first sample by default. */
  minTime?: number;
  /** ms, excluded; one past the last sample by default. */
  maxTime?: number;
  /** Level 1 with itself as the source by default. */
  compaction?: BlockCompaction;
  /** Further keys of meta.json, `thanos` for one; called when the block's files are complete, before meta.json is written. */
  extra?: (files: BlockFiles) => Record<string, unknown>;
}

/** The block as it lies in its temporary folder. */
export interface BlockFiles {
  readonly folder: string;
  readonly ulid: string;
}

/**
 * Writes a block from series in label order. Chunk bytes go straight to the chunk files, so memory depends on the number of series and label strings only. The block
 * is built in `<ulid>.tmp-for-creation` and appears under its name whole or not at all.
 */
export class BlockWriter {
  readonly ulid: string;
  readonly #parent: string;
  readonly #temporary: string;
  readonly #segments: SegmentWriter;
  readonly #index: IndexWriter;
  readonly #tombstones: boolean;
  readonly #refs: number[] = [];
  #mint = Infinity;
  #maxt = -Infinity;
  #chunks = 0;
  #floats = 0;
  #histograms = 0;

  /** Begins a block under `parent`, which is made when it does not exist. */
  constructor(parent: string, options: BlockWriterOptions = {}) {
    this.ulid = options.ulid === undefined ? newUlid() : parseUlid(options.ulid);
    this.#parent = parent;
    this.#temporary = join(parent, this.ulid + TMP_SUFFIX);
    this.#tombstones = options.tombstones ?? true;
    rmSync(this.#temporary, { recursive: true, force: true });
    mkdirSync(this.#temporary, { recursive: true });
    this.#segments = new SegmentWriter(join(this.#temporary, 'chunks'), options.segmentBytes);
    this.#index = new IndexWriter(join(this.#temporary, 'index'), options.symbols);
  }

  /** Series written so far. */
  get seriesCount(): number {
    return this.#index.seriesCount;
  }

  /** Bytes of chunk files so far. */
  get chunkBytes(): number {
    return this.#segments.totalBytes;
  }

  /**
   * Adds a series: labels in the protobuf form of `SeriesBatch`, after those of the series before; chunks ascending and without overlap. Nothing of the
   * arguments is kept.
   */
  addSeries(labels: Uint8Array, chunks: readonly BlockChunk[]): void {
    this.#segments.write(chunks, this.#refs);
    this.#index.addSeries(labels, chunks, this.#refs);
    for (const chunk of chunks) this.#count(chunk);
  }

  /** Completes the block and returns its meta; a block without any sample is not kept: undefined. */
  finish(options: BlockFinish = {}): BlockMeta | undefined {
    if (this.#floats + this.#histograms === 0) {
      this.abort();
      return undefined;
    }
    try {
      this.#segments.finish();
      this.#index.finish();
      if (this.#tombstones) writeSynced(join(this.#temporary, 'tombstones'), new Tombstones().encode());
      const extra = options.extra?.({ folder: this.#temporary, ulid: this.ulid });
      const meta: BlockMeta = {
        ulid: this.ulid,
        minTime: options.minTime ?? this.#mint,
        maxTime: options.maxTime ?? this.#maxt + 1,
        stats: this.#stats(),
        compaction: options.compaction ?? { level: 1, sources: [this.ulid] },
        version: 1,
        ...(extra === undefined ? {} : { extra }),
      };
      writeSynced(join(this.#temporary, 'meta.json'), encodeBlockMeta(meta));
      syncFolder(join(this.#temporary, 'chunks'));
      syncFolder(this.#temporary);
      renameSync(this.#temporary, join(this.#parent, this.ulid));
      syncFolder(dirname(this.#temporary));
      return meta;
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** Throws away what was written. */
  abort(): void {
    this.#segments.abort();
    this.#index.abort();
    rmSync(this.#temporary, { recursive: true, force: true });
  }

  #count(chunk: BlockChunk): void {
    this.#chunks++;
    this.#mint = Math.min(this.#mint, chunk.mint);
    this.#maxt = Math.max(this.#maxt, chunk.maxt);
    const { bytes, offset, length, encoding } = chunk;
    if (encoding === AGGR_ENCODING) {
      const count = parseAggrChunk(bytes, offset, length).find((part) => part.aggr === Aggr.COUNT);
      if (count !== undefined) this.#floats += chunkSampleCount(bytes, count.offset, count.length, count.encoding);
      return;
    }
    const samples = chunkSampleCount(bytes, offset, length, encoding);
    if (encoding === Encoding.XOR || encoding === Encoding.XOR2) this.#floats += samples;
    else this.#histograms += samples;
  }

  #stats(): BlockStats {
    return {
      numSamples: this.#floats + this.#histograms,
      numFloatSamples: this.#floats,
      numHistogramSamples: this.#histograms,
      numSeries: this.seriesCount,
      numChunks: this.#chunks,
    };
  }
}

function writeSynced(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes, { flag: 'wx', flush: true });
}

/** Makes names in a folder last. */
function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
