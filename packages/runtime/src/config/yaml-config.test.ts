import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseYamlConfig } from './yaml-config.ts';

const schema = z.strictObject({
  type: z.string(),
  insecure: z.boolean().default(false),
  config: z
    .strictObject({ bucket: z.string().optional(), endpoint: z.string().optional(), part_size: z.number().default(5) })
    .optional(),
  list: z.array(z.strictObject({ address: z.string(), strict: z.boolean().default(false) })).default([]),
  labels: z.record(z.string(), z.string()).default({}),
});
const parse = (text: string): unknown => parseYamlConfig(text, schema, 'bucket.yml');

describe('YAML configuration', () => {
  test('values, defaults, merge keys, booleans of YAML 1.1', () => {
    expect(parse('type: S3\ninsecure: yes\nconfig:\n  bucket: b\nlist:\n- {address: a, strict: on}\n')).toEqual({
      type: 'S3',
      insecure: true,
      config: { bucket: 'b', part_size: 5 },
      list: [{ address: 'a', strict: true }],
      labels: {},
    });
    expect(parse('type: S3\nlabels:\n  <<: {a: b}\n  c: d\n')).toMatchObject({ labels: { a: 'b', c: 'd' } });
    expect(parse('{"type": "GCS"}')).toMatchObject({ type: 'GCS' });
  });

  test.each([
    ['typ: S3', 'bucket.yml:1:1: unknown key typ; did you mean type?'],
    [
      'type: S3\nconfig:\n  bucket: b\n  end_point: x\n',
      'bucket.yml:4:3: unknown key config.end_point; did you mean endpoint?',
    ],
    [
      'type: S3\nlist:\n- address: a\n- address: b\n  strikt: true\n',
      'bucket.yml:5:3: unknown key list[1].strikt; did you mean strict?',
    ],
    [
      'type: S3\nconfig:\n  zzzzzzzzz: 1\n',
      'bucket.yml:3:3: unknown key config.zzzzzzzzz; valid are: bucket, endpoint, part_size',
    ],
    ['type: [1]\n', 'bucket.yml:1:7: type: Invalid input: expected string, received array'],
    [
      'type: S3\nconfig:\n  part_size: big\n',
      'bucket.yml:3:14: config.part_size: Invalid input: expected number, received string',
    ],
    ['config:\n  bucket: b\n', 'bucket.yml:1:1: type: is missing'],
    ['type: S3\ntype: GCS\n', 'bucket.yml:2:1: Map keys must be unique'],
    ['type: "S3\n', 'bucket.yml:2:1: Missing closing "quote'],
    ['just a text', 'bucket.yml:1:1: Invalid input: expected object, received string'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ kind: 'bad-input', message: expect.stringContaining(message) }),
    );
  });

  test('an alias bomb is refused quickly', () => {
    let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 10; i++)
      text += `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]\n`;
    const start = performance.now();
    expect(() => parse(text)).toThrow(/bucket\.yml/);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
