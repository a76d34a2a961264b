import { silentMetrics, type MetricsRegistry } from '@tsanos/bytes';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { Bucket } from './bucket.ts';
import { MeteredBucket, PrefixedBucket, RetryingBucket } from './decorators.ts';
import { FilesystemBucket } from './filesystem.ts';
import { MemoryBucket } from './memory.ts';
import { ObjstoreError } from './objstore-error.ts';
import { S3Bucket } from './s3.ts';
import { s3ConfigSchema, S3_REFUSED_KEYS, type S3Config } from './s3-config.ts';

/** Thanos ignores further keys here, so they are no reason to refuse. */
const filesystemSchema = z.object({ directory: z.string().min(1) });

/** A checked bucket configuration; plain data, so that it can go to another thread. */
export type BucketConfig =
  | { readonly type: 'FILESYSTEM'; readonly prefix: string; readonly config: z.infer<typeof filesystemSchema> }
  | { readonly type: 'S3'; readonly prefix: string; readonly config: z.infer<typeof s3ConfigSchema> }
  | { readonly type: 'MEMORY'; readonly prefix: string; readonly config: Record<string, never> };

const PROVIDERS_TO_COME = ['GCS', 'AZURE', 'SWIFT', 'COS', 'ALIYUNOSS', 'BOS', 'OCI', 'OBS'];
/** Hedged requests are not sent, but files that ask for them are in use. */
const TOP_KEYS = ['type', 'config', 'prefix', 'hedging_config'];

/**
 * Reads the YAML of `--objstore.config`. Whatever is wrong is one error that names the key, its line and column, and for an unknown key
 * the nearest one that exists; `where` names the flag or file.
 */
export function parseBucketConfig(text: string, where = '--objstore.config'): BucketConfig {
  const lines = new LineCounter();
  // Scalars stay text and the schema says what they are: a key such as 0123 is no number.
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', merge: true, logLevel: 'error' });
  const at = (offset: number | undefined): string => {
    if (offset === undefined) return where;
    const { line, col } = lines.linePos(offset);
    return `${where}: line ${line}, column ${col}`;
  };
  // Of several documents the first counts.
  const problem = document.errors.find((error) => error.code !== 'MULTIPLE_DOCS');
  if (problem !== undefined) throw bad(`${at(problem.pos[0])}: ${problem.message.split('\n')[0]}`);
  const root = plainValue(document, where);
  if (!isMap(document.contents) || typeof root !== 'object' || root === null) {
    throw bad(`${where}: a map with the keys type and config is expected`);
  }
  const top = root as Record<string, unknown>;
  for (const key of Object.keys(top))
    if (!TOP_KEYS.includes(key)) throw bad(`${at(offsetOf(document, [key]))}: ${unknownKey(key, TOP_KEYS)}`);
  const type = String(top['type'] ?? '').toUpperCase();
  const prefix = String(top['prefix'] ?? '').replace(/^\/+|\/+$/g, '');
  if (PROVIDERS_TO_COME.includes(type))
    throw bad(`${at(offsetOf(document, ['type']))}: bucket type ${type} is not supported yet; FILESYSTEM and S3 are`);
  const config = top['config'] ?? {};
  switch (type) {
    case 'FILESYSTEM':
      return { type, prefix, config: check(filesystemSchema, config, document, at) };
    case 'S3':
      return {
        type,
        prefix,
        config: checkCredentials(check(s3ConfigSchema, refused(config, document, at), document, at), (key) =>
          at(offsetOf(document, ['config', key])),
        ),
      };
    case 'MEMORY':
      return { type, prefix, config: {} };
    default:
      throw bad(
        `${at(offsetOf(document, ['type']))}: type is ${JSON.stringify(top['type'] ?? null)}; FILESYSTEM or S3 is expected`,
      );
  }
}

/** Values without the nulls: a key without a value asks for nothing. */
function plainValue(document: Document, where: string): unknown {
  try {
    return document.toJS({
      reviver: (_key, value: unknown) =>
        value === '' || value === '~' || value === 'null' || value === null ? undefined : value,
    }) as unknown;
  } catch (error) {
    throw bad(`${where}: ${(error as Error).message}`);
  }
}

function checkCredentials(config: S3Config, at: (key: string) => string): S3Config {
  if ((config.access_key === '') !== (config.secret_key === '')) {
    const [given, missing] = config.access_key === '' ? ['secret_key', 'access_key'] : ['access_key', 'secret_key'];
    throw bad(
      `${at(given)}: config.${given} is set but config.${missing} is not: give both, or neither to take credentials from the environment`,
    );
  }
  if (config.aws_sdk_auth && config.access_key !== '')
    throw bad(`${at('aws_sdk_auth')}: config.aws_sdk_auth and config.access_key exclude each other`);
  return config;
}

function refused(config: unknown, document: Document, at: (offset: number | undefined) => string): unknown {
  if (typeof config !== 'object' || config === null) return config;
  const kept = { ...(config as Record<string, unknown>) };
  for (const [key, why] of Object.entries(S3_REFUSED_KEYS)) {
    const value = kept[key];
    delete kept[key];
    // A key at its default asks for nothing.
    const asks = value !== undefined && value !== 'false' && !isEmptySse(value);
    if (asks) throw bad(`${at(offsetOf(document, ['config', key]))}: config.${key}: ${why}`);
  }
  return kept;
}

function isEmptySse(value: unknown): boolean {
  return (
    typeof value === 'object' && (value === null || Object.values(value).every((v) => v === undefined || isEmptySse(v)))
  );
}

function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  document: Document,
  at: (offset: number | undefined) => string,
): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // A misspelt key comes first: the key that is missing then is a consequence.
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const path = ['config', ...issue.path.map(String)];
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0];
    throw bad(
      `${at(offsetOf(document, [...path, key]))}: ${path.join('.')}: ${unknownKey(key, knownKeys(schema, issue.path))}`,
    );
  }
  throw bad(`${at(offsetOf(document, path))}: ${path.join('.')}: ${issue.message}`);
}

/** Keys of the object at `path` of a schema. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, object> };
  for (const part of path) node = (node.properties?.[String(part)] ?? {}) as typeof node;
  return Object.keys(node.properties ?? {});
}

/** Where a key stands in the text; of the nearest parent that exists. */
function offsetOf(document: Document, path: readonly string[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const part of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === part);
    if (pair === undefined) break;
    offset = (pair.key as { range?: [number, number, number] }).range?.[0];
    node = pair.value;
  }
  return offset;
}

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = known
    .map((name) => ({ name, distance: distance(key, name) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const hint =
    nearest !== undefined && nearest.distance <= Math.max(2, key.length / 3)
      ? `; did you mean ${nearest.name}?`
      : `; the keys are ${known.join(', ')}`;
  return `there is no key ${key}${hint}`;
}

/** Edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}

function bad(message: string): ObjstoreError {
  return new ObjstoreError('bad-input', 'bad-bucket-config', message);
}

/** Opens the bucket of a configuration with retries, metrics and its prefix. Nothing is sent before the first call. */
export function createBucket(config: BucketConfig, modules: { metrics?: MetricsRegistry } = {}): Bucket {
  const provider = openProvider(config);
  const observed = new RetryingBucket(new MeteredBucket(provider, modules.metrics ?? silentMetrics));
  return config.prefix === '' ? observed : new PrefixedBucket(observed, config.prefix);
}

function openProvider(config: BucketConfig): Bucket {
  switch (config.type) {
    case 'FILESYSTEM':
      return new FilesystemBucket(config.config.directory);
    case 'S3':
      return new S3Bucket(config.config);
    case 'MEMORY':
      return new MemoryBucket();
  }
}
