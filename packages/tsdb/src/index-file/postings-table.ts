/** Where the entry count and the references of a postings list lie in the index file, without length and checksum. */
export interface PostingsRange {
  readonly start: number;
  /** Exclusive. For the last entry of the table other sections can lie in between: trust the entry count. */
  readonly end: number;
}

/** What every form of the table answers; names and values are in UTF-8 byte order. */
export interface PostingsTable {
  /** Without the empty name that stands for all series. */
  labelNames(): readonly string[];
  /** Values of a name that pass `filter` and begin with `prefix`. */
  labelValues(name: string, filter?: (value: string) => boolean, prefix?: string): string[];
  /** The postings of one pair; ('', '') = all series. */
  range(name: string, value: string): PostingsRange | undefined;
  /** The same for many values; one pass when they ascend. */
  ranges(name: string, values: readonly string[]): (PostingsRange | undefined)[];
}

/** The parts of a `SampledPostingsTable` that threads can share. */
export interface SharedPostingsTable {
  /** Position in the table's bytes of every 32nd entry of a name, and of its last one. */
  readonly sampleAt: Uint32Array;
  /** Where the value of sample `i` ends in `values`; it begins where the one before ends. */
  readonly valueEnd: Uint32Array;
  readonly values: Uint8Array;
  /** Name `i` has samples `nameFrom[i]` to `nameFrom[i + 1]`. */
  readonly names: readonly string[];
  readonly nameFrom: Uint32Array;
  /** End of the last entry in the table's bytes. */
  readonly entriesEnd: number;
  /** Where the table lies in the index file: nothing of a postings list comes after it. */
  readonly tableOffset: number;
}
