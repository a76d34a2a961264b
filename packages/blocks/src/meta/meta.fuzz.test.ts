import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TsanosError } from '@tsanos/bytes';
import { encodeMarker, parseMarker } from '../markers.ts';
import { fakeMeta } from '../testing/fake-meta.ts';
import { encodeMeta, groupKey, parseMeta, type Meta } from './meta.ts';

const RUNS = Number(process.env['TSANOS_SOAK'] ?? 0) > 0 ? 1_000_000 : 20_000;
const seed = Number(process.env['TSANOS_SEED'] ?? 20_261_125);
console.info(`meta.json and markers: seed ${seed}, ${RUNS} inputs each`);

const ULID = '01KWFDCZEJ1D04C9TJW37J5ZGC';
const valid = Buffer.from(
  encodeMeta(
    fakeMeta(ULID, {
      labels: { 'a"<': '\u2028ü\u0001', b: 'c' },
      sources: [ULID],
      uploadTime: '2024-01-02T03:04:05.6Z',
    }),
  ),
);
const marker = Buffer.from(
  encodeMarker('no-compact-mark', { id: ULID, details: 'd', time: 1_700_000_000, reason: 'manual' }),
);

/** A text with bytes changed, cut out, put in, repeated. */
const mangled = (text: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.tuple(
        fc.nat(text.length),
        fc.nat(8),
        fc.oneof(
          fc.uint8Array({ maxLength: 6 }),
          fc
            .constantFrom('{', '[', '"', '\\u12', 'null', '1e9', '-', ',', '99999999999999999999')
            .map((s) => new TextEncoder().encode(s)),
        ),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((edits) => {
      let out = text;
      for (const [at, cut, insert] of edits) out = Buffer.concat([out.subarray(0, at), insert, out.subarray(at + cut)]);
      return out;
    });

function refusedOr<T>(call: () => T): T | undefined {
  const began = performance.now();
  try {
    return call();
  } catch (error) {
    expect(error).toBeInstanceOf(TsanosError);
    expect(['corrupt', 'unsupported']).toContain((error as TsanosError).kind);
    return undefined;
  } finally {
    expect(performance.now() - began).toBeLessThan(500);
  }
}

describe('hostile meta.json and markers', () => {
  it('are refused or read, and what is read is written so that it reads the same', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(mangled(valid), (bytes) => {
        const meta = refusedOr(() => parseMeta(bytes));
        if (meta === undefined) return;
        expect(groupKey(meta)).toMatch(/^-?\d+@\d+$/);
        expect(meta.ulid).toMatch(/^[0-9A-Z]{26}$/);
        const text = encodeMeta(meta);
        expect(Buffer.compare(encodeMeta(parseMeta(text)), text)).toBe(0);
      }),
      { numRuns: RUNS, seed },
    );
  });
  it('markers', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(mangled(marker), (bytes) => void refusedOr(() => parseMarker('no-compact-mark', ULID, bytes))),
      { numRuns: RUNS, seed },
    );
  });
  it('agree with JSON.parse on what is JSON', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const meta = refusedOr(() => parseMeta(Buffer.from(`{"version":1,"thanos":{"extensions":${text}}}`)));
        expect(meta).toBeDefined();
        const written = JSON.parse(Buffer.from(encodeMeta(meta as Meta)).toString()) as {
          thanos: { extensions?: unknown };
        };
        expect(written.thanos.extensions ?? null).toEqual(JSON.parse(text));
      }),
      { numRuns: Math.min(RUNS, 2000), seed },
    );
  });
  it('every truncation is refused', () => {
    for (let end = 0; end < valid.length - 2; end++)
      expect(refusedOr(() => parseMeta(valid.subarray(0, end)))).toBeUndefined();
  });
  it('deep nesting does no harm', () => {
    expect(refusedOr(() => parseMeta(Buffer.from('['.repeat(1_000_000))))).toBeUndefined();
    expect(
      refusedOr(() => parseMeta(Buffer.from(`{"x":${'['.repeat(900)}${']'.repeat(900)},"version":1}`)))?.version,
    ).toBe(1);
  });
});
