import { timedQuery, type BenchQuery, type TimedAnswer } from './timed-query.ts';
import { usageOf } from './usage.ts';

/** A server that takes part. */
export interface Runner {
  readonly name: string;
  readonly url: string;
  /** Processes that count as its CPU. */
  readonly pids: readonly number[];
}

export interface Lap {
  /** The first time it was asked. */
  readonly coldS: number;
  /** Median of the runs after that. */
  readonly seconds: number;
  /** Mean of the same runs. */
  readonly cpuS: number;
  /** Part of the CPU time that the main threads took. */
  readonly mainShare: number;
  readonly bytes: number;
  readonly digest: string;
}

/** Runs one query on all of them in turns: once cold, then `runs` times; in the order of the runners. */
export async function race(runners: readonly Runner[], query: BenchQuery, runs: number): Promise<Lap[]> {
  const cold: TimedAnswer[] = [];
  for (const { url } of runners) cold.push(await timedQuery(url, query, true));
  const laps = runners.map(() => ({ times: [] as number[], cpuS: 0, mainS: 0 }));
  for (let run = 0; run < runs; run++) {
    for (const [i, { url, pids }] of runners.entries()) {
      const before = pids.map(usageOf);
      laps[i].times.push((await timedQuery(url, query)).seconds);
      for (const [k, pid] of pids.entries()) {
        const after = usageOf(pid);
        laps[i].cpuS += after.cpuS - before[k].cpuS;
        laps[i].mainS += after.mainS - before[k].mainS;
      }
    }
  }
  return laps.map(({ times, cpuS, mainS }, i) => ({
    coldS: cold[i].seconds,
    seconds: median(times),
    cpuS: cpuS / runs,
    mainShare: cpuS === 0 ? 0 : mainS / cpuS,
    bytes: cold[i].bytes,
    digest: cold[i].digest,
  }));
}

export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}

/** One line a query: milliseconds of the first two runners and what part of the second one's time and CPU the first needs. */
export function printLap(query: BenchQuery, [ours, theirs, third]: readonly Lap[]): void {
  const ms = (s: number): string => (s * 1000).toFixed(s < 0.01 ? 2 : 0).padStart(6);
  const parts = [
    query.name.padEnd(34),
    `${ms(ours.seconds)} |${ms(theirs.seconds)} ms`,
    `time ${(ours.seconds / theirs.seconds).toFixed(2)}`,
    `cpu ${ms(ours.cpuS)} |${ms(theirs.cpuS)} = ${(ours.cpuS / Math.max(theirs.cpuS, 1e-9)).toFixed(2)}`,
    `cold ${ms(ours.coldS)} |${ms(theirs.coldS)}`,
    `main ${(ours.mainShare * 100).toFixed(0).padStart(2)} %`,
    `${(ours.bytes / 1e6).toFixed(1)} MB`,
    ours.digest === theirs.digest ? 'same bytes' : 'OTHER BYTES',
  ];
  if (third !== undefined)
    parts.push(`two processes ${ms(third.seconds)} = ${(third.seconds / ours.seconds).toFixed(2)}`);
  console.info(parts.join('  '));
}
