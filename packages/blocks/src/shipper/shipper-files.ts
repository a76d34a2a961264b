import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';

/** The file operations of the shipper, so that a test can stop it between any two. */
export interface ShipperFiles {
  /** Names in a folder, sorted. */
  list(path: string): Promise<string[]>;
  read(path: string): Promise<Uint8Array>;
  write(path: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** A second name for the file, so that its deletion by Prometheus does no harm; a copy where links are not possible. */
  link(from: string, to: string): Promise<void>;
  /** Removes a folder with all in it; fine when it is not there. */
  remove(path: string): Promise<void>;
  size(path: string): Promise<number>;
  sha256(path: string): Promise<string>;
}

export const realFiles: ShipperFiles = {
  list: async (path) => (await readdir(path)).sort(),
  read: (path) => readFile(path),
  write: (path, bytes) => writeFile(path, bytes),
  rename,
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  link: async (from, to) => {
    try {
      await link(from, to);
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
      await copyFile(from, to);
    }
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  size: async (path) => (await stat(path)).size,
  sha256: async (path) => {
    const hash = createHash('sha256');
    for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer);
    return hash.digest('hex');
  },
};

export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code));
}
