// Compiles the AssemblyScript of packages to TypeScript modules with the code in base64. Two ways:
// - `packages/P/assembly/NAME.ts` becomes `packages/P/src/generated/NAME.wasm.ts`, which exports `wasm`; options of the
//   compiler may stand in its first line as `// asc: …`; the module names the hash of its source, so that only changed ones are compiled;
// - a package with `scripts/build-wasm.ts` of its own does it itself; that runs only when everything is made anew.
// `--force` makes everything, `--check` does so and fails when a file in the tree was not up to date.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFiles, NODE24, TOP } from './toolbox.mjs';

const PACKAGES = join(TOP, 'packages');
const COMPILER = join(TOP, 'node_modules', 'assemblyscript', 'bin', 'asc.js');

/** Makes stale modules, or all with `force`; gives the paths of those whose text changed. */
export function buildWasm({ force }) {
  const changed = [];
  for (const name of existsSync(PACKAGES) ? readdirSync(PACKAGES) : []) {
    const folder = join(PACKAGES, name);
    const script = join(folder, 'scripts', 'build-wasm.ts');
    if (existsSync(script)) {
      if (force) changed.push(...runOwn(folder, script));
      continue;
    }
    for (const source of findFiles(join(folder, 'assembly'), (path) => path.endsWith('.ts'))) {
      const target = join(folder, 'src', 'generated', `${basename(source, '.ts')}.wasm.ts`);
      if (compile(source, target, force)) changed.push(relative(TOP, target));
    }
  }
  return changed;
}

function runOwn(folder, script) {
  const before = new Map(modulesOf(folder).map((path) => [path, readFileSync(path, 'utf8')]));
  execFileSync(NODE24, [script], { stdio: 'inherit', cwd: TOP });
  return modulesOf(folder)
    .filter((path) => before.get(path) !== readFileSync(path, 'utf8'))
    .map((path) => relative(TOP, path));
}

function modulesOf(folder) {
  return findFiles(join(folder, 'src'), (path) => path.endsWith('wasm.ts'));
}

/** Whether the module's text changed. */
function compile(source, target, force) {
  const text = readFileSync(source, 'utf8');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const before = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (!force && before.includes(`source ${hash}`)) return false;
  const folder = mkdtempSync(join(tmpdir(), 'tsanos-wasm-'));
  try {
    const out = join(folder, 'out.wasm');
    const options = /^\/\/ asc: (.*)$/m.exec(text.split('\n', 1)[0])?.[1].split(/\s+/) ?? ['-O3', '--runtime', 'stub'];
    execFileSync(NODE24, [COMPILER, source, '-o', out, ...options], { stdio: 'inherit', cwd: TOP });
    const code = readFileSync(out).toString('base64');
    const origin = relative(TOP, source);
    const after = `// Made by scripts/build-wasm.mjs from ${origin} (source ${hash}). Do not edit.\n/** Base64 of the WebAssembly module. */\nexport const wasm =\n  '${code}';\n`;
    mkdirSync(join(target, '..'), { recursive: true });
    writeFileSync(target, after);
    return after !== before;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const changed = buildWasm({ force: check || process.argv.includes('--force') });
  for (const path of changed) process.stdout.write(`${check ? 'was not up to date: ' : 'made '}${path}\n`);
  process.exit(check && changed.length > 0 ? 1 : 0);
}
