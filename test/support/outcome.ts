import { CheckpointReader } from '@alexnet/checkpoints';
import type { Pipeline } from '@alexnet/pipeline';
import { repeatableHistory } from './repeatable-history.ts';

/** What a run comes to, whatever happened on its way. */
export interface Outcome {
  /** Of the data it was trained on. */
  digest: string;
  /** SHA-256 of the weights. */
  model: string;
  /** SHA-256 of the optimizer's state. */
  optimizer: string;
  history: string;
}

/** @throws Error where the run has not finished, or its history has gaps or repetitions */
export async function outcomeOf({ store }: Pick<Pipeline, 'store'>, run: string): Promise<Outcome> {
  const { digest, model, optimizer, finished } = await new CheckpointReader(store, run).manifest('latest');
  if (!finished) throw new Error(`${run} has not finished`);
  const history = await repeatableHistory({ store }, run);
  return { digest, model: model.sha256, optimizer: optimizer.sha256, history };
}
