import { readFileSync } from 'node:fs';

/** What a process has used so far. */
export interface Usage {
  /** CPU seconds of all threads, in steps of 10 ms. */
  readonly cpuS: number;
  /** Those of its main thread. */
  readonly mainS: number;
  /** Highest resident memory since it began, MiB. */
  readonly peakMiB: number;
}

/** Reads Linux' /proc. */
export function usageOf(pid: number): Usage {
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return {
    cpuS: cpuSeconds(`/proc/${pid}/stat`),
    mainS: cpuSeconds(`/proc/${pid}/task/${pid}/stat`),
    peakMiB: Number(peak?.[1] ?? 0) / 1024,
  };
}

/** utime and stime, the 14th and 15th field; the name before them may hold blanks. */
function cpuSeconds(path: string): number {
  const fields = readFileSync(path, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
