import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPromqlTest } from './promql-test.ts';

const GOOD = `
load 1m
  http_requests{job="a"} 0+10x10
  http_requests{job="b"} 0+20x10

eval instant at 5m sum(http_requests)
  {} 150

eval range from 0 to 2m step 1m http_requests{job="a"}
  http_requests{job="a"} 0 10 20

eval instant at 5m sum by (
`;

describe('promql-test', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsanos-promql-test-'));
    await writeFile(join(folder, 'good.test'), GOOD.slice(0, GOOD.lastIndexOf('eval')));
    await writeFile(join(folder, 'unreadable.test'), GOOD);
    await writeFile(join(folder, 'bad.test'), GOOD.slice(0, GOOD.lastIndexOf('eval')).replace('{} 150', '{} 151'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function run(...names: string[]): Promise<{ code: number; out: string; err: string }> {
    let out = '';
    let err = '';
    const output = { stdout: (text: string) => void (out += text), stderr: (text: string) => void (err += text) };
    const code = await runPromqlTest(
      names.map((name) => join(folder, name)),
      output,
    );
    return { code, out: out.replaceAll(`${folder}/`, ''), err };
  }

  it('says how many passed', async () => {
    expect(await run('good.test')).toEqual({ code: 0, out: 'good.test: 2 passed, 0 failed\n', err: '' });
  });

  it('prints file, line, expected and got', async () => {
    const { code, out } = await run('good.test', 'bad.test');
    expect(code).toBe(1);
    expect(out).toContain('bad.test:6: sum(http_requests) at 300\n  expected: {} 151\n  got:      {} 150\n');
    expect(out).toContain('3 passed, 1 failed');
  });

  it('tells of scripts that cannot be read', async () => {
    expect((await run('unreadable.test')).out).toContain(
      'unreadable.test:12:\n  expected: a readable script\n  got:      1:9: parse error',
    );
    expect(await run('nosuch.test')).toMatchObject({ code: 1, err: expect.stringContaining('cannot read') as string });
    expect((await run()).code).toBe(1);
  });
});
