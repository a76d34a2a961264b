import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjstoreError, parseBucketConfig } from './index.ts';

const RUNS = Number(process.env['TSANOS_SOAK'] ?? 0) > 0 ? 1_000_000 : 3000;
const seed = Number(process.env['TSANOS_SEED'] ?? 20_261_125);
console.info(`bucket configuration: seed ${seed}, ${RUNS} inputs`);

const valid =
  'type: S3\nprefix: a/b\nconfig:\n  bucket: "b"\n  endpoint: localhost:9000\n  insecure: true\n  http_config:\n    idle_conn_timeout: 1m30s\n    tls_config: {insecure_skip_verify: true}\n  put_user_metadata: &x {a: b}\n';
const pieces = fc.constantFrom(
  '&a',
  '*a',
  '*x',
  ': ',
  '\n- ',
  '{',
  '}',
  '[',
  '"',
  "'",
  '!!map ',
  '? ',
  '|',
  '>',
  '%YAML 1.2\n---\n',
  '\t',
  '<<: *x',
  '__proto__: 1\n',
  'constructor: {}\n',
  '\u0000',
  '99999999999999999999',
);

describe('hostile bucket configurations', () => {
  it('are refused with a line or read', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length), fc.nat(6), fc.oneof(pieces, fc.string({ maxLength: 5 }))), {
          minLength: 1,
          maxLength: 4,
        }),
        (edits) => {
          let text = valid;
          for (const [at, cut, insert] of edits) text = text.slice(0, at) + insert + text.slice(at + cut);
          const began = performance.now();
          try {
            parseBucketConfig(text, 'cfg');
          } catch (error) {
            expect(error, text).toBeInstanceOf(ObjstoreError);
            expect((error as Error).message, text).toMatch(/^cfg: /);
          }
          expect(performance.now() - began).toBeLessThan(500);
        },
      ),
      { numRuns: RUNS, seed },
    );
  });
  it('alias bombs are refused', () => {
    let text = 'type: FILESYSTEM\nconfig:\n  a0: &a0 [x]\n';
    for (let i = 1; i < 30; i++) text += `  a${i}: &a${i} [*a${i - 1}, *a${i - 1}, *a${i - 1}]\n`;
    expect(() => parseBucketConfig(text)).toThrow(ObjstoreError);
  });
});
