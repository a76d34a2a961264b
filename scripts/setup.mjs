// Brings a checkout to the state in which everything runs: packages as the lockfile says, Node 24 among them, and what is
// compiled from AssemblyScript. Runs on any Node from 18 on, and does nothing when nothing is stale.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWasm } from './build-wasm.mjs';
import { CACHE, NODE24, TOP, run, toolEnv } from './toolbox.mjs';

const STAMP = join(CACHE, 'setup.json');

/** Installs and builds what is stale. Throws with what to do when that fails. */
export async function setup() {
  const lock = readFileSync(join(TOP, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  if (stampedHash() !== hash || !existsSync(NODE24)) {
    if (!isInstalled(JSON.parse(lock.toString('utf8')))) await install();
    checkNode();
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(STAMP, JSON.stringify({ lock: hash }));
  }
  buildWasm({ force: false });
}

function stampedHash() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8')).lock;
  } catch {
    return undefined;
  }
}

/** Whether node_modules holds what the lockfile asks for, by npm's own record of what it installed. */
function isInstalled(lock) {
  const record = join(TOP, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !existsSync(NODE24)) return false;
  const have = JSON.parse(readFileSync(record, 'utf8')).packages;
  for (const [path, wanted] of Object.entries(lock.packages)) {
    // Optional ones are for other platforms; links and workspaces are this repository.
    if (path === '' || !path.startsWith('node_modules/') || wanted.optional || wanted.devOptional) continue;
    const got = have[path];
    if (got === undefined) return false;
    if (!wanted.link && got.version !== wanted.version) return false;
  }
  return true;
}

async function install() {
  process.stderr.write('installing packages…\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const code = await run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  if (code !== 0)
    throw new Error(`npm ci failed with exit code ${code}: look at what it printed above; it needs the npm registry`);
  if (!existsSync(NODE24)) {
    // An npm that runs no install scripts leaves the package `node` without its program.
    await run(npm, ['rebuild', 'node', '--foreground-scripts'], { env: process.env });
  }
}

function checkNode() {
  let version;
  try {
    version = execFileSync(NODE24, ['--version'], { encoding: 'utf8', env: toolEnv() }).trim();
  } catch (error) {
    throw new Error(
      `the npm package "node" did not install its program at ${NODE24}: run "npm rebuild node" (${error.message})`,
    );
  }
  if (!/^v(2[4-9]|[3-9]\d)\./.test(version)) throw new Error(`${NODE24} is ${version}, want Node 24 or newer`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await setup();
  } catch (error) {
    process.stderr.write(`setup: ${error.message}\n`);
    process.exit(1);
  }
}
