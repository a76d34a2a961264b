import { basename } from 'node:path';
import { enableCompileCache } from 'node:module';

// Compiled code of an earlier start is taken from a cache, which halves the time to `--help`.
enableCompileCache();
process.env['UV_THREADPOOL_SIZE'] ??= '16';

const { runProgram } = await import('./run-program.ts');
const name = process.env['TSANOS_NAME'] ?? 'tsanos';
process.exitCode = await runProgram(basename(name), process.argv.slice(2));
// Timers and idle sockets of libraries do not keep a process alive that has done its work.
if (process.stdout.writableLength > 0) await new Promise((resolve) => process.stdout.once('drain', resolve));
process.exit();
