import { fileURLToPath } from 'node:url';
import { freePort, TestProcess } from './process.ts';

/** The top of the repository. */
export const REPOSITORY: string = fileURLToPath(new URL('../..', import.meta.url));

/** A running component and where it listens. */
export interface RunningTsanos {
  readonly process: TestProcess;
  readonly http: string;
  /** `127.0.0.1:port`. */
  readonly grpc: string;
}

/** Starts `tsanos COMMAND` on free ports of this machine, by the very command a user has; waits for `/-/ready` unless told not to. */
export async function startTsanos(
  command: string,
  args: readonly string[],
  options: { waitReady?: boolean; env?: Record<string, string> } = {},
): Promise<RunningTsanos> {
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  const process = new TestProcess(
    command,
    `${REPOSITORY}node_modules/.bin/tsanos`,
    [command, `--http-address=127.0.0.1:${httpPort}`, `--grpc-address=127.0.0.1:${grpcPort}`, ...args],
    options.env,
  );
  const running = { process, http: `http://127.0.0.1:${httpPort}`, grpc: `127.0.0.1:${grpcPort}` };
  if (options.waitReady !== false) await process.ready(`${running.http}/-/ready`);
  return running;
}
