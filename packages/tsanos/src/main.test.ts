import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ledger } from './ledger/ledger.ts';

const COMMAND = fileURLToPath(new URL('../bin/tsanos', import.meta.url));

function tsanos(...args: string[]): { code: number | null; stderr: string; stdout: string } {
  const { status, stderr, stdout } = spawnSync(COMMAND, args, { encoding: 'utf8' });
  return { code: status, stderr, stdout };
}

describe('tsanos', () => {
  test('--help lists the commands, on stderr, in under half a second', () => {
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const from = performance.now();
      const { code, stderr, stdout } = tsanos('--help');
      times.push(performance.now() - from);
      expect([code, stdout]).toEqual([0, '']);
      for (const command of ['sidecar', 'store', 'query', 'all', 'tools bucket generate'])
        expect(stderr).toContain(`\n${command} [<flags>]\n`);
    }
    expect(Math.min(...times)).toBeLessThan(500);
  });

  test('no arguments are help; --version says what is running', () => {
    expect(tsanos()).toMatchObject({ code: 0, stderr: tsanos('--help').stderr });
    const { code, stderr } = tsanos('--version');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^tsanos, version \d+\.\d+\.\d+ \(branch: .*, revision: .*\)\n/);
  });

  test("each command's help has every flag that is not hidden", async () => {
    for (const command of ['sidecar', 'store', 'query', 'all', 'tools bucket generate']) {
      const { code, stderr } = tsanos(...command.split(' '), '--help');
      expect(code).toBe(0);
      for (const row of await ledger()) {
        if (row.command !== command && row.command !== 'common') continue;
        const shown = stderr.includes(`--${row.flag}=`) || stderr.includes(`--[no-]${row.flag}`);
        expect([row.flag, shown]).toEqual([row.flag, row.option.hidden !== true]);
      }
      expect(stderr).toBe(tsanos('help', ...command.split(' ')).stderr);
    }
  });

  test('messages and exit codes of wrong command lines', () => {
    expect(tsanos('nope')).toMatchObject({ code: 1, stderr: 'tsanos: error: expected command but got "nope"\n' });
    expect(tsanos('compact')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('command "compact" is not supported yet'),
    });
    const bad = tsanos('query', '--query.timeout=5');
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(
      /^usage: tsanos query \[<flags>\]\n.*\nerror parsing commandline arguments: \[tsanos query --query\.timeout=5\]: not a valid duration string: "5"\n$/s,
    );
  });

  test('a flag that does not work yet stops the start and is named', () => {
    const { code, stderr } = tsanos('query', '--query.partition-label=zone', '--http-address=127.0.0.1:0');
    expect(code).toBe(1);
    expect(stderr).toContain('not supported yet: --query.partition-label');
  });
});
