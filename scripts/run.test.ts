import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('./run.mjs', import.meta.url));

/** The last line and exit code of `npm test` over a folder with these test files. */
function suite(files: Readonly<Record<string, string>>): { last: string; code: number | null } {
  const root = mkdtempSync(join(tmpdir(), 'tsanos-suite-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const { CI: _ci, ...env } = process.env;
  const { stdout, status } = spawnSync(process.execPath, [RUN, 'test', '--root', root, '--globals'], {
    encoding: 'utf8',
    env,
  });
  return { last: stdout.trim().split('\n').at(-1) ?? '', code: status };
}

describe('npm test', () => {
  test('closes with the counts; a file that cannot be loaded counts as failed', () => {
    expect(
      suite({
        'a.test.js':
          "test('good', () => {}); test('bad', () => { throw new Error('x'); }); test.skip('later', () => {});",
        'b.test.js': "import './missing.js'; test('never', () => {});",
      }),
    ).toEqual({ last: '1 passed, 2 failed, 1 skipped', code: 1 });
  });

  test('is green when all passed', () => {
    expect(suite({ 'a.test.js': "test('good', () => {}); test('better', () => {});" })).toEqual({
      last: '2 passed, 0 failed',
      code: 0,
    });
  });
});
