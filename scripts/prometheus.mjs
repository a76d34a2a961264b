// Finds a real Prometheus (and promtool) for tests: on PATH, else Debian's package unpacked into `.cache/prometheus/bin`.
// Nothing is installed on the system: apt works with lists and state of its own under `.cache/prometheus/apt`, and the mirror
// is the one that the system's own apt sources name. As a script it prints where it found what.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('..', import.meta.url));
const CACHE = join(TOP, '.cache', 'prometheus');
const BIN = join(CACHE, 'bin');
/** Newest first; trixie's 2.53 is the steady floor. */
const SUITES = ['sid', 'forky', 'trixie'];
/** A failed fetch is not tried again for this long. */
const RETRY_AFTER_MS = 10 * 60_000;

/** Version of a binary as it says itself, undefined when it does not run. */
function versionOf(binary) {
  try {
    const out = execFileSync(binary, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    return /version (\d+\.\d+\.\d+\S*)/.exec(out)?.[1];
  } catch {
    return undefined;
  }
}

function pairIn(folder) {
  const prometheus = join(folder, 'prometheus');
  const promtool = join(folder, 'promtool');
  if (!existsSync(prometheus) || !existsSync(promtool)) return undefined;
  const version = versionOf(prometheus);
  return version === undefined ? undefined : { prometheus, promtool, version };
}

/** What is there already, without fetching: `{prometheus, promtool, version}` or undefined. */
export function findPrometheus() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const found = pairIn(folder);
    if (found !== undefined) return found;
  }
  return pairIn(BIN);
}

/** Mirror of Debian's main archive as the system's apt sources name it, undefined where there is none. */
function debianMirror() {
  const texts = [];
  for (const file of ['/etc/apt/sources.list', ...aptSourceFiles()]) {
    if (existsSync(file)) texts.push(readFileSync(file, 'utf8'));
  }
  for (const line of texts.join('\n').split('\n')) {
    const url = /^\s*(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(https?:\/\/\S*\/debian\/?)(?:\s|$)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  return undefined;
}

function aptSourceFiles() {
  const folder = '/etc/apt/sources.list.d';
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** Fetches the newest suite's package and unpacks the two binaries; undefined with the reason on stderr when it cannot. */
export function fetchPrometheus() {
  const failed = join(CACHE, 'failed');
  if (existsSync(failed) && Date.now() - Number(readFileSync(failed, 'utf8')) < RETRY_AFTER_MS) return undefined;
  const mirror = debianMirror();
  if (mirror === undefined || !hasTool('apt-get') || !hasTool('dpkg-deb')) return undefined;
  for (const suite of SUITES) {
    try {
      unpackFrom(mirror, suite);
      const found = pairIn(BIN);
      if (found !== undefined) return found;
    } catch (error) {
      process.stderr.write(`prometheus from Debian ${suite}: ${lastLine(error)}\n`);
    }
  }
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(failed, String(Date.now()));
  return undefined;
}

function unpackFrom(mirror, suite) {
  const apt = join(CACHE, 'apt', suite);
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages', 'root']) {
    mkdirSync(join(apt, folder), { recursive: true });
  }
  writeFileSync(join(apt, 'status'), '');
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  writeFileSync(join(apt, 'sources.list'), `deb ${signed}${mirror} ${suite} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${join(apt, 'sources.list')}`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State=${join(apt, 'state')}`,
    `Dir::State::status=${join(apt, 'status')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::Check-Valid-Until=false',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  const run = (args) =>
    execFileSync('apt-get', [...options, ...args], {
      cwd: join(apt, 'packages'),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 180_000,
      env: { ...process.env, LC_ALL: 'C' },
    });
  run(['-q', 'update']);
  run(['-q', 'download', 'prometheus']);
  // Newer suites have promtool in a package of its own.
  try {
    run(['-q', 'download', 'promtool']);
  } catch {
    // Then it is in the package of prometheus; the copy below fails when it is not.
  }
  for (const deb of readdirSync(join(apt, 'packages')).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg-deb', ['-x', join(apt, 'packages', deb), join(apt, 'root')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }
  mkdirSync(BIN, { recursive: true });
  for (const name of ['prometheus', 'promtool']) {
    copyFileSync(join(apt, 'root/usr/bin', name), join(BIN, name));
    chmodSync(join(BIN, name), 0o755);
  }
  rmSync(join(CACHE, 'apt'), { recursive: true, force: true });
}

function hasTool(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));
}

function lastLine(error) {
  const text = String(error.stderr ?? '').trim() || String(error.message);
  return text.split('\n').at(-1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = findPrometheus() ?? fetchPrometheus();
  if (found === undefined) {
    process.stderr.write(
      'no prometheus on PATH and none to unpack (apt with a Debian mirror is needed): tests that need it are skipped\n',
    );
    process.exit(1);
  }
  process.stdout.write(`prometheus ${found.version} ${found.prometheus}\npromtool ${found.promtool}\n`);
}
