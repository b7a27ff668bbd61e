import type { Pipeline } from './open-pipeline.ts';

/** What a job of the queue for trainers waits for, e.g. "the trainer is busy with pets-1". */
export async function trainerAwaited(
  { trainers, queues }: Pick<Pipeline, 'trainers' | 'queues'>,
  jobId: string,
): Promise<string> {
  const [count, active, ahead] = await Promise.all([
    trainers.count(),
    queues.activeRuns(),
    trainers.ahead(jobId),
  ]);
  const before = ahead === 0 ? '' : `, queued behind ${ahead}`;
  if (count === 0) return `no trainer is connected${before}`;
  if (active.length === 0) return `waiting for a trainer${before}`;
  const busy = active.length === 1 ? 'the trainer is busy' : 'the trainers are busy';
  return `${busy} with ${active.map(({ run }) => run).join(', ')}${before}`;
}

/** What work for preprocess workers waits for, or undefined where there is one. */
export async function workerAwaited({ workers }: Pick<Pipeline, 'workers'>): Promise<string | undefined> {
  return (await workers.list()).length === 0 ? 'no worker is connected' : undefined;
}
