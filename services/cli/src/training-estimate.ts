import type { TrainingEstimate } from '@alexnet/pipeline';
import { duration, facts, plural, sizeText, thousands } from './ui/format.ts';

/** What a run would take, for a person. */
export function describeEstimate(estimate: TrainingEstimate): string {
  const { epochs, stepsPerEpoch, steps, parameters, seconds, speedOf } = estimate;
  const time =
    seconds === null || speedOf === null
      ? 'not known: no run with this net and batch size has been trained here'
      : `about ${duration(seconds)}, at the ${thousands(Math.round(speedOf.imagesPerSecond))} images/s of ${speedOf.run}`;
  const { checkpointBytes, storeBytes, tensorBytes, redisBytes } = estimate;
  return facts([
    ['steps', `${thousands(steps)}: ${plural(epochs, 'epoch')} of ${thousands(stepsPerEpoch)}`],
    ['time', time],
    ['net', `${thousands(parameters)} parameters`],
    ['store', `at most ${sizeText(storeBytes)}, in checkpoints of ${sizeText(checkpointBytes)}`],
    ['trainer', `more than ${sizeText(tensorBytes)} of memory: weights, gradients, momentum, activations`],
    ['redis', `at most ${sizeText(redisBytes)} of batches (ALEXNET_WINDOW_BYTES)`],
  ]);
}
