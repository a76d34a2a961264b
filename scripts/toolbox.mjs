// What the scripts share. Plain JavaScript for any Node from 18 on: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const TOP = fileURLToPath(new URL('..', import.meta.url));
export const CACHE = join(TOP, '.cache');
/** The Node that npm installed; all of our code runs under it. */
export const NODE24 = join(TOP, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** The environment with that Node, and the tools of node_modules, first on the path. */
export function toolEnv(extra = {}) {
  const path = [
    join(TOP, 'node_modules', 'node', 'bin'),
    join(TOP, 'node_modules', '.bin'),
    process.env.PATH ?? '',
  ].join(delimiter);
  return { ...process.env, PATH: path, ...extra };
}

/** Runs a program with our terminal; resolves with its exit code (128 + n for a signal). Signals for us are passed on to it. */
export function run(program, args, { env = toolEnv(), cwd = TOP } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', cwd, env });
    const pass = (signal) => child.kill(signal);
    // A terminal sends SIGINT to the child itself: only wait for it then.
    const wait = () => {};
    process.on('SIGTERM', pass);
    process.on('SIGINT', wait);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGTERM', pass);
      process.off('SIGINT', wait);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** Runs a script under our Node. */
export function runNode(args, options) {
  return run(NODE24, ['--disable-warning=ExperimentalWarning', ...args], options);
}

/** Files under `folder` whose path `wanted` accepts, sorted; without node_modules, hidden folders and build output. */
export function findFiles(folder, wanted) {
  const found = [];
  const visit = (here) => {
    if (!existsSync(here)) return;
    for (const entry of readdirSync(here, { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
      const path = join(here, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (wanted(path)) found.push(path);
    }
  };
  visit(folder);
  return found.sort();
}
