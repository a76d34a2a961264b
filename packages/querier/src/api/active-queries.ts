import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TsanosError, type Logger } from '@tsanos/bytes';

/** Bytes of an entry, the comma at its end included; a longer query is cut. */
const ENTRY_BYTES = 1000;
/** What the names, the time and the quotes of an entry may take. */
const ENTRY_OVERHEAD = 40;

const encoder = new TextEncoder();

/**
 * The file `queries.active` in Prometheus' form: `[`, then a place of 1,000 bytes for every query that may run at a time,
 * which holds `{"query":…,"timestamp_sec":…}`, zeros and a comma while one does, and zeros otherwise. What a process
 * that died had under way can be read from it.
 */
export class ActiveQueryLog {
  readonly #file: number;
  readonly #free: number[];
  #closed = false;

  /**
   * Reports what the last run left unfinished and begins a new file.
   *
   * @param folder made when missing
   * @param max how many queries may run at a time
   */
  constructor(folder: string, max: number, log: Logger) {
    const path = join(folder, 'queries.active');
    try {
      mkdirSync(folder, { recursive: true });
      const left = unfinished(path);
      if (left !== undefined) log.info("These queries didn't finish in the last run:", { queries: left });
      this.#file = openSync(path, 'w', 0o666);
      const blank = new Uint8Array(1 + max * ENTRY_BYTES);
      blank[0] = '['.charCodeAt(0);
      writeSync(this.#file, blank, 0, blank.length, 0);
    } catch (error) {
      const what = `cannot write the log of active queries ${path}: choose another folder by --query.active-query-path`;
      throw new TsanosError('bad-input', 'active-query-log', what, { path }, { cause: error });
    }
    this.#free = Array.from({ length: max }, (_, i) => max - 1 - i);
  }

  /** Runs `work` with its query in the log. Beyond `max` at a time it runs without. */
  async during<T>(query: string, nowMs: number, work: () => Promise<T>): Promise<T> {
    const place = this.#free.pop();
    if (place === undefined) return work();
    this.#write(place, entryOf(query, nowMs));
    try {
      return await work();
    } finally {
      this.#write(place, new Uint8Array(ENTRY_BYTES));
      this.#free.push(place);
    }
  }

  /** Queries that still run are not noted any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }

  #write(place: number, entry: Uint8Array): void {
    if (!this.#closed) writeSync(this.#file, entry, 0, ENTRY_BYTES, 1 + place * ENTRY_BYTES);
  }
}

function entryOf(query: string, nowMs: number): Uint8Array {
  const entry = new Uint8Array(ENTRY_BYTES);
  entry.set(encoder.encode(`{"query":${quoted(query)},"timestamp_sec":${Math.floor(nowMs / 1000)}}`));
  entry[ENTRY_BYTES - 1] = ','.charCodeAt(0);
  return entry;
}

/** A JSON string of as much of a text as has room. */
function quoted(text: string): string {
  const room = ENTRY_BYTES - ENTRY_OVERHEAD;
  let kept = text.slice(0, room);
  for (;;) {
    const json = JSON.stringify(kept.toWellFormed());
    const over = encoder.encode(json).length - room;
    if (over <= 0) return json;
    // An escape takes six bytes at most.
    kept = kept.slice(0, kept.length - Math.ceil(over / 6));
  }
}

/** The entries that a file still holds, as JSON; undefined when there are none, or no file. */
function unfinished(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const entries = text.replaceAll('\0', '');
  return entries.length <= 1 ? undefined : `${entries.slice(0, -1)}]`;
}
