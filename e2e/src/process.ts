import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A process a test started, with what it printed. */
export class TestProcess {
  readonly name: string;
  readonly child: ChildProcess;
  #output = '';
  #exit: Promise<number | string>;

  constructor(name: string, command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const keep = (part: Buffer): void => {
      this.#output = (this.#output + part.toString('utf8')).slice(-200_000);
    };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    this.#exit = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('exit', (code, signal) => resolve(code ?? signal ?? 'gone'));
    });
  }

  /** The end of what it printed to stdout and stderr. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Exit code, or the signal's name. */
  exited(): Promise<number | string> {
    return this.#exit;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (this.running) this.child.kill(signal);
  }

  /** SIGTERM, then SIGKILL after ten seconds; resolves with the exit code. */
  async stop(): Promise<number | string> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), 10_000);
    const code = await this.#exit;
    clearTimeout(timer);
    return code;
  }

  /** Waits until `check` holds; fails with the output when the process ends or time runs out. */
  async until(what: string, check: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (await Promise.resolve(check()).catch(() => false)) return;
      if (!this.running)
        throw new Error(`${this.name} ended with ${await this.#exit} before ${what}:\n${this.#output.slice(-4000)}`);
      if (Date.now() > deadline)
        throw new Error(`${this.name}: no ${what} within ${timeoutMs} ms:\n${this.#output.slice(-4000)}`);
      await sleep(50);
    }
  }

  /** Waits for a 200 of `url`. */
  async ready(url: string, timeoutMs = 60_000): Promise<void> {
    await this.until(`200 from ${url}`, async () => (await fetch(url)).status === 200, timeoutMs);
  }
}

/** Waits until `check` holds; for conditions that belong to no single process. */
export async function eventually(what: string, check: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not ${what} within ${timeoutMs} ms`, { cause: last });
    await sleep(100);
  }
}
