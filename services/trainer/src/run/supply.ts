import { workersLacking } from '@alexnet/pipeline';
import type { TrainerContext } from './context.ts';
import type { TrainingSession } from './session.ts';

/**
 * Hears, each time it is called, what the workers say of themselves, and writes into the log when they no longer feed
 * the run, and when they do again.
 */
export function watchSupply(
  { pipeline, log }: Pick<TrainerContext, 'pipeline' | 'log'>,
  session: Pick<TrainingSession, 'run' | 'supply' | 'workers'>,
): () => Promise<void> {
  let lacked = false;
  return async () => {
    session.workers = await pipeline.workers.list();
    const { supply } = session;
    const lacking = workersLacking(supply) > 0;
    if (lacking && !lacked) log.info({ run: session.run, ...supply }, 'input-bound: more workers are wanted');
    if (!lacking && lacked) log.info({ run: session.run, ...supply }, 'no more workers are wanted');
    lacked = lacking;
  };
}
