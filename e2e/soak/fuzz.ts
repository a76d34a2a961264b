import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { RESULT_HEAD, resultLine, runTarget } from '../src/fuzz/run-target.ts';
import { allTargets } from '../src/fuzz/targets.ts';

// A million damaged inputs to every reader of bytes from outside: none may crash, take above 50 ms or above 64 MiB.
//   npm run soak -- fuzz [--only READER] [--inputs N] [--seed S] [--jobs N]
// Input n is made from seed S + n, so `--only READER --seed (the seed printed) --inputs 1` replays one.

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    jobs: { type: 'string', default: '2' },
  },
});

/** One reader in this process: its line, its failures. */
async function runOne(name: string): Promise<number> {
  const { targets, close } = await allTargets();
  try {
    const target = targets.find((one) => one.name === name);
    if (target === undefined) {
      process.stderr.write(`no reader ${name}; there are: ${targets.map((one) => one.name).join('; ')}\n`);
      return 2;
    }
    const result = await runTarget(target, Number(values.seed), Number(values.inputs));
    process.stdout.write(`${[resultLine(result), ...result.failures].join('\n')}\n`);
    return result.failures.length === 0 ? 0 : 1;
  } finally {
    close();
  }
}

/** Each reader in a process of its own, so that memory is its own; a few at a time. */
async function runAll(): Promise<number> {
  const { targets, close } = await allTargets();
  close();
  const names = targets.map((target) => target.name);
  process.stdout.write(`seed ${values.seed}\n${RESULT_HEAD}\n`);
  let worst = 0;
  const worker = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const args = ['--only', name, '--inputs', values.inputs, '--seed', values.seed];
      const child = spawn(process.execPath, ['--expose-gc', import.meta.filename, ...args], { stdio: 'inherit' });
      const code = await new Promise<number>((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
      worst = Math.max(worst, code);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  return worst;
}

process.exitCode = values.only === undefined ? await runAll() : await runOne(values.only);
