import type { WorkerPool } from '@tsanos/runtime';
import type { ShardKey } from '@tsanos/promql';
import type { ShardPart } from '../engine/shard-part.ts';
import type { Answer, QueryTask } from './tasks.ts';

/** Status of an answer that came too late; asking again would only come later. */
const TIMED_OUT = 503;

/**
 * Answers a query on as many workers as `free` says, where that can be done: each computes a share of the series or groups
 * and writes its rows, one puts them together. The answer is the same to the last byte; where it could differ, by errors or
 * warnings that only some shares have, one worker is asked for all of it.
 */
export async function runQueryTask(
  pool: WorkerPool,
  task: QueryTask,
  free: number,
  signal: AbortSignal,
): Promise<Answer> {
  return (await sharded(pool, task, free, signal)) ?? pool.run('query.query', task, signal);
}

async function sharded(
  pool: WorkerPool,
  task: QueryTask,
  free: number,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  if (free < 2 || !mayShard(task)) return undefined;
  const key = await pool.run<QueryTask, ShardKey | undefined>('query.shard-key', task, signal);
  if (key === undefined) return undefined;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const share = async (index: number): Promise<ShardPart> => {
    const shard = { index, total: free, by: key.by, labels: [...key.labels] };
    const answer = await pool.run<QueryTask, ShardPart | Answer>('query.part', { ...task, shard }, both);
    if ('status' in answer) throw new ShareFailed(answer);
    return answer;
  };
  try {
    const parts = await Promise.all(Array.from({ length: free }, (_, index) => share(index)));
    return await pool.run<readonly ShardPart[], Answer | undefined>('query.join', parts, signal);
  } catch (error) {
    stop.abort();
    if (!(error instanceof ShareFailed)) throw error;
    return error.answer.status === TIMED_OUT ? error.answer : undefined;
  }
}

/** Queries with many steps, whose statistics nobody asked for. */
function mayShard(task: QueryTask): boolean {
  return task.kind === 'range' && task.stats === '' && !task.analyze && task.limit === 0 && task.shard === undefined;
}

class ShareFailed extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`a share of the query failed with status ${answer.status}`);
    this.answer = answer;
  }
}
