import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { codecs } from './codecs.ts';
import { schema } from './schema.ts';

export interface WireLine {
  id: string;
  component: string;
  path: string;
  request: string;
  requestJson: unknown;
  responses: string[];
  responsesJson?: unknown[];
  requestFrameOnWire?: string;
  code: number;
  message: string;
}

const shared = process.env.TSANOS_SHARED ?? join(import.meta.dirname, '../../../../../shared');
const folder = join(shared, 'golden/wire');
const there = existsSync(folder);
if (!there) console.warn(`SKIPPED: golden data wire/ is not there; set TSANOS_SHARED to the folder that holds golden/`);
const fixture = new URL('../../testdata/wire.jsonl', import.meta.url);
const read = (bytes: Buffer): WireLine[] =>
  bytes
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WireLine);
const lines: WireLine[] = read(readFileSync(fixture));
if (there) {
  for (const name of readdirSync(folder))
    if (name.startsWith('grpc-') && name.endsWith('.jsonl.gz'))
      lines.push(...read(gunzipSync(readFileSync(join(folder, name)))));
}

/** A decoded message in the form of the golden files. */
function golden(value: unknown): unknown {
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    const at = Buffer.alloc(8);
    at.writeDoubleBE(value);
    return `bits:${at.toString('hex')}`;
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(golden);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, golden(item)]));
  }
  return value;
}

/** int64 texts of up to 2^53 as numbers. */
function numbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numbers);
  if (typeof value === 'object' && value !== null) {
    const long = value as { low?: number; high?: number; unsigned?: boolean; toNumber?: () => number };
    if (long.toNumber !== undefined)
      return Math.abs(long.toNumber()) <= Number.MAX_SAFE_INTEGER ? long.toNumber() : String(value);
    if (value instanceof Uint8Array) return value;
    const any = value as { type_url?: string; value?: Uint8Array };
    if (any.type_url !== undefined) {
      const type = schema().lookupType(any.type_url.slice(any.type_url.indexOf('/') + 1));
      return { ...any, decoded: numbers(type.toObject(type.decode(any.value ?? new Uint8Array(0)))) };
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numbers(item)]));
  }
  return value;
}

const methods = lines.filter(
  (line) => !line.path.includes('Nothing') && !line.path.includes('Nowhere') && !line.id.includes('broken'),
);

/** NaN payloads survive a decode and encode of protobufjs only where V8 happens to keep them; those messages are named, not compared. */
function hasNaN(json: unknown): boolean {
  return /bits:[7f]ff/.test(JSON.stringify(json) ?? '');
}

describe('captures of real programs', () => {
  test('every message decodes to its JSON and encodes back to the same bytes', () => {
    const root = schema();
    const kinds = new Map<string, number>();
    let skipped = 0;
    for (const line of methods) {
      const slash = line.path.lastIndexOf('/');
      const method = root.lookupService(line.path.slice(1, slash)).methods[line.path.slice(slash + 1)];
      method.resolve();
      const check = (bytes: Buffer, json: unknown, type: typeof method.resolvedRequestType): void => {
        if (type === null) throw new Error(`${line.path} has no type`);
        const message = type.decode(bytes);
        const object = golden(numbers(type.toObject(message, { longs: undefined })));
        if (json !== undefined || bytes.length === 0)
          expect(object, `${line.component} ${line.id}`).toEqual(json ?? {});
        kinds.set(type.name, (kinds.get(type.name) ?? 0) + 1);
        if (hasNaN(json)) return void skipped++;
        expect(Buffer.from(type.encode(message).finish()).toString('hex'), `${line.component} ${line.id}`).toBe(
          bytes.toString('hex'),
        );
      };
      check(Buffer.from(line.request, 'base64'), line.requestJson, method.resolvedRequestType);
      line.responses.forEach((response, i) =>
        check(Buffer.from(response, 'base64'), line.responsesJson?.[i], method.resolvedResponseType),
      );
    }
    console.info(
      `${[...kinds.values()].reduce((a, b) => a + b, 0)} messages of ${kinds.size} kinds, ${skipped} of them with NaN payloads`,
    );
    expect(kinds.size).toBeGreaterThan(10);
  });

  test('our typed codecs give the same bytes back', () => {
    const byPath: Record<string, [keyof typeof codecs, keyof typeof codecs | undefined]> = {
      '/thanos.info.Info/Info': ['infoRequest', 'infoResponse'],
      '/thanos.Store/Series': ['seriesRequest', undefined],
      '/thanos.Store/LabelNames': ['labelNamesRequest', 'labelNamesResponse'],
      '/thanos.Store/LabelValues': ['labelValuesRequest', 'labelValuesResponse'],
      '/thanos.Rules/Rules': ['rulesRequest', 'rulesResponse'],
      '/thanos.Targets/Targets': ['targetsRequest', 'targetsResponse'],
      '/thanos.Metadata/MetricMetadata': ['metadataRequest', 'metadataResponse'],
      '/thanos.Exemplars/Exemplars': ['exemplarsRequest', 'exemplarsResponse'],
      '/thanos.Status/TSDBStatistics': ['statisticsRequest', 'statisticsResponse'],
    };
    let count = 0;
    for (const line of methods) {
      const pair = byPath[line.path];
      if (pair === undefined) continue;
      const same = (text: string, name: keyof typeof codecs): void => {
        const bytes = Buffer.from(text, 'base64');
        const own = codecs[name] as { decode(bytes: Uint8Array): object; encode(message: object): Uint8Array };
        expect(Buffer.from(own.encode(own.decode(bytes))).toString('hex'), `${line.component} ${line.id} ${name}`).toBe(
          bytes.toString('hex'),
        );
        count++;
      };
      same(line.request, pair[0]);
      const [, response] = pair;
      if (response !== undefined && !hasNaN(line.responsesJson))
        for (const each of line.responses) same(each, response);
    }
    console.info(`${count} cold messages round trip`);
    expect(count).toBeGreaterThan(20);
  });
});
