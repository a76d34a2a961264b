import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./testing/fixtures/fake-command.ts', import.meta.url));
const started: ChildProcess[] = [];

function start(mode: string): {
  child: ChildProcess;
  log: () => string;
  exit: Promise<number | null>;
  base: () => Promise<string>;
} {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', FIXTURE, mode], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  started.push(child);
  let text = '';
  child.stderr?.on('data', (part: Buffer) => (text += part.toString()));
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const base = async (): Promise<string> => {
    await expect.poll(() => text, { timeout: 20_000 }).toMatch(/address=127\.0\.0\.1:\d+/);
    return `http://${/address=(127\.0\.0\.1:\d+)/.exec(text)![1]}`;
  };
  return { child, log: () => text, exit, base };
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe('a process of components', () => {
  test('serves, tells what it is, stops on SIGTERM after open requests, exit 0', async () => {
    const { child, log, exit, base } = start('plain');
    const url = await base();
    await expect.poll(async () => (await fetch(`${url}/-/ready`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(
      /thanos_build_info\{branch="b",goarch="\w+",goos="\w+",goversion="node[\d.]+",revision="r",tags="tsanos",version="1\.2\.3"\} 1\n/,
    );
    expect(metrics).toContain('thanos_status{check="ready",component="fake"} 1\n');
    const slow = fetch(`${url}/slow`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGTERM');
    expect(await (await slow).text()).toBe('done');
    expect(await exit).toBe(0);
    expect(log()).toMatch(/msg="caught signal\. Exiting\." signal=SIGTERM\n.*msg="stopping fake"\n.*msg=exiting\n/s);
  });

  test('answers while not ready, with the reason', async () => {
    const { child, exit, base } = start('waits');
    const url = await base();
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    await expect.poll(async () => (await fetch(`${url}/-/ready`)).text()).toBe('NOT OK\nthe first sync\n');
    child.kill('SIGINT');
    expect(await exit).toBe(0);
  });

  test('a failed start is one line and exit 1', async () => {
    const { log, exit } = start('fails');
    expect(await exit).toBe(1);
    expect(log().trim().split('\n').at(-1)).toMatch(
      /^ts=\S+ caller=\S+ level=error err="no external labels\\nfake command failed\\npreparing fake command failed"$/,
    );
  });

  test('a component that hangs does not keep the process longer than the grace period', async () => {
    const { child, log, exit, base } = start('hangs');
    await base();
    await expect.poll(log).toContain('msg=started');
    const from = performance.now();
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(performance.now() - from).toBeLessThan(8000);
    expect(log()).toContain('msg="did not stop in time"');
  });
});
