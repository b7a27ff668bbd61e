import { recordAt } from '@alexnet/checkpoints';
import { RunHistory, type Pipeline } from '@alexnet/pipeline';
import { canonicalDigest } from '@alexnet/storage';

const OF_TRAINING: ReadonlySet<string> = new Set(['validation', 'rate-reduced']);

/**
 * The digest of a run's history without what depends on the clock and on when checkpoints were written: equal ones have the
 * same steps, losses, errors, rates and validations.
 * @throws Error where a step is missing or recorded twice, or the overview has other steps than the segments
 */
export async function repeatableHistory({ store }: Pick<Pipeline, 'store'>, run: string): Promise<string> {
  const history = await RunHistory.open({ store }, run);
  const steps: object[] = [];
  for await (const columns of history.columns()) {
    for (let at = 0; at < columns.at.length; at++) {
      const { step, count, loss, top1, top5, learningRate } = recordAt(columns, at);
      if (step !== steps.length)
        throw new Error(`${run}: step ${steps.length} is missing, or ${step} is there twice`);
      steps.push({ step, count, loss, top1, top5, learningRate });
    }
  }
  const overview = await history.series({ points: 1 });
  const counted = overview.steps.reduce((sum, count) => sum + count, 0);
  if (counted !== steps.length)
    throw new Error(`${run}: the overview has ${counted} of ${steps.length} steps`);
  const events = history.events
    .filter(({ kind }) => OF_TRAINING.has(kind))
    .map((event) => ({ ...event, at: 0 }));
  return canonicalDigest({ steps, events });
}
