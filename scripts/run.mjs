// The one door to everything: `node scripts/run.mjs start|test|check|bench|soak|fuzz-promql|format|docs|bundle|ci [arguments]`.
// Each sets up first and then runs under the Node 24 of node_modules, whatever Node this is.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fetchPrometheus, findPrometheus } from './prometheus.mjs';
import { setup } from './setup.mjs';
import { CACHE, findFiles, run, runNode, toolEnv, TOP } from './toolbox.mjs';

const commands = {
  start,
  test,
  check,
  bench,
  soak,
  docs,
  'fuzz-promql': (args) => soak(['fuzz-promql', ...args]),
  format,
  bundle,
  ci,
};

/** Serves the demo, or what is in ./data, at http://localhost:10902. */
function start(args) {
  return runNode([join(TOP, 'packages/tsanos/src/main.ts'), 'all', ...args]);
}

/** The whole suite, or the files that match the arguments; the last line counts. */
async function test(args) {
  const counts = await runTests(args);
  printCounts(counts);
  return counts.failed === 0 ? 0 : 1;
}

async function runTests(args) {
  const prometheus = findPrometheus() ?? fetchPrometheus();
  if (prometheus !== undefined)
    process.stdout.write(`Prometheus for tests: ${prometheus.version} ${prometheus.prometheus}\n`);
  else
    process.stdout.write(
      'No Prometheus for tests: not on PATH, and no apt to unpack one with. Tests against it are SKIPPED.\n',
    );
  mkdirSync(CACHE, { recursive: true });
  const results = join(CACHE, `test-results-${process.pid}.json`);
  const code = await runNode([
    join(TOP, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...args,
  ]);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (existsSync(results)) {
    const summary = JSON.parse(readFileSync(results, 'utf8'));
    rmSync(results);
    counts.passed = summary.numPassedTests;
    counts.failed = summary.numFailedTests;
    counts.skipped = summary.numPendingTests + summary.numTodoTests;
    // A file that could not be loaded has no tests that failed, but it failed.
    counts.failed += summary.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed'),
    ).length;
  }
  if (process.env.CI === 'true' && prometheus === undefined) {
    process.stdout.write('CI=true and no real Prometheus: that counts as a failure.\n');
    counts.failed++;
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function printCounts({ passed, failed, skipped }) {
  process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
}

/** Types, lint with layering, format, unused code, generated files: all of them, then the verdict. */
async function check() {
  const bin = (name) => join(TOP, 'node_modules/.bin', name);
  const steps = [
    ['types', () => run(bin('tsc'), ['--noEmit', '-p', TOP])],
    ['lint', () => run(bin('oxlint'), ['--type-aware', '--deny-warnings', 'packages', 'e2e', 'scripts'])],
    ['format', () => run(bin('oxfmt'), ['--check', 'packages', 'e2e', 'scripts'])],
    ['unused code', () => run(bin('knip'), ['--no-progress', '--no-config-hints'])],
    ['generated code', () => runNode([join(TOP, 'scripts/build-wasm.mjs'), '--check'])],
    ['generated docs', () => runNode([join(TOP, 'scripts/docs.ts'), '--check'])],
  ];
  const failed = [];
  for (const [name, step] of steps) {
    process.stdout.write(`— ${name}\n`);
    if ((await step()) !== 0) failed.push(name);
  }
  process.stdout.write(failed.length === 0 ? 'check: all right\n' : `check: failed: ${failed.join(', ')}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** Benchmarks whose file name contains one of the arguments; all without arguments. */
async function bench(args) {
  const all = [...findFiles(join(TOP, 'packages'), isBench), ...findFiles(join(TOP, 'e2e'), isBench)];
  const names = args.filter((arg) => !arg.startsWith('-'));
  // A whole name (`spine`) is that benchmark alone; else all whose path has it somewhere.
  const exact = all.filter((path) => names.some((name) => path.endsWith(`/${name}.bench.ts`)));
  const chosen =
    names.length === 0
      ? all
      : exact.length > 0
        ? exact
        : all.filter((path) => names.some((name) => relative(TOP, path).includes(name)));
  if (chosen.length === 0) return nothing('benchmark', names, all);
  let worst = 0;
  for (const path of chosen) {
    process.stdout.write(`— ${relative(TOP, path)}\n`);
    worst = Math.max(worst, await runNode(['--expose-gc', path, ...args.filter((arg) => arg.startsWith('-'))]));
  }
  return worst;
}

function isBench(path) {
  return path.endsWith('.bench.ts');
}

/** A long run by name: `e2e/soak/NAME.ts`, `NAME.soak.ts` of a package, or a package's tests at full length (NAME = its path). */
async function soak([name = '', ...args]) {
  const env = toolEnv({ TSANOS_FULL: '1', TSANOS_SOAK: process.env.TSANOS_SOAK ?? '1' });
  const all = [
    ...findFiles(join(TOP, 'e2e/soak'), (path) => path.endsWith('.ts') && !path.endsWith('.test.ts')),
    ...findFiles(join(TOP, 'packages'), (path) => path.endsWith('.soak.ts')),
  ];
  const program = all.find((path) => path.endsWith(`/${name}.ts`) || path.endsWith(`/${name}.soak.ts`));
  if (program !== undefined) return runNode([program, ...args], { env });
  if (name.includes('/') && existsSync(join(TOP, name))) {
    return runNode([join(TOP, 'node_modules/vitest/vitest.mjs'), 'run', name, '--testTimeout=3600000', ...args], {
      env,
    });
  }
  return nothing('soak', [name], all);
}

function nothing(what, names, all) {
  process.stderr.write(
    `no ${what} ${names.join(' ')}; there are:\n${all.map((path) => `  ${relative(TOP, path)}\n`).join('')}`,
  );
  return 1;
}

/** Formats the sources. */
function format() {
  return run(join(TOP, 'node_modules/.bin/oxfmt'), ['--write', 'packages', 'e2e', 'scripts']);
}

/** Brings the pages that are made from the option tables up to date. */
function docs(args) {
  return runNode([join(TOP, 'scripts/docs.ts'), ...args]);
}

/** One file for the command and one for its workers, in the folder given: what the container image holds. */
function bundle([folder = join(TOP, 'dist')]) {
  return runNode([join(TOP, 'scripts/bundle.mjs'), folder]);
}

/** What decides whether a change is fit: check and the whole suite; check counts as one test. */
async function ci(args) {
  process.env.CI = 'true';
  const checked = await check();
  const counts = await runTests(args);
  if (checked === 0) counts.passed++;
  else counts.failed++;
  if (checked !== 0) process.stdout.write('npm run check failed, see above.\n');
  printCounts(counts);
  return counts.failed === 0 ? 0 : 1;
}

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) {
  process.stderr.write(`usage: node scripts/run.mjs ${Object.keys(commands).join('|')} [arguments]\n`);
  process.exit(2);
}
try {
  await setup();
  process.exitCode = await command(args);
} catch (error) {
  process.stderr.write(`${name}: ${error.message}\n`);
  process.exitCode = 1;
}
