import type { Config } from '@alexnet/core';
import { batchesInPass } from '@alexnet/batches';
import type { Manifest } from '@alexnet/datasets';
import { alexnet, countParameters, sizeOf, type Profile } from '@alexnet/model';
import type { Reading } from './reading.ts';
import { readRunSpec } from './run-spec.ts';
import { checkProfileFits } from './runs.ts';
import { showRuns } from './show-run.ts';

/** What a run would take, before it is started. */
export interface TrainingEstimate {
  epochs: number;
  /** Updates of an epoch, and of the whole run. */
  stepsPerEpoch: number;
  steps: number;
  parameters: number;
  /** Weights and what the optimizer keeps of each. */
  checkpointBytes: number;
  /** Most that the run has in the store: the newest checkpoints, the best one, and one that is being written. */
  storeBytes: number;
  /** Weights, gradients, what the optimizer keeps, and the activations of a batch: the trainer needs more than this. */
  tensorBytes: number;
  /** Most bytes of batches in Redis. */
  redisBytes: number;
  /** Seconds of training, at the speed of an earlier run with the same net and batch size; null where there is none. */
  seconds: number | null;
  /** That run. */
  speedOf: { run: string; imagesPerSecond: number } | null;
}

const FLOAT_BYTES = 4;

/** @throws CONFIG_INVALID as starting the run would */
export async function estimateTraining(
  reading: Reading,
  { windowBytes }: Pick<Config, 'windowBytes'>,
  { manifest, profile, keep }: { manifest: Manifest; profile: Profile; keep: number },
): Promise<TrainingEstimate> {
  checkProfileFits(manifest, profile);
  const { epochs, batchSize } = profile;
  const { train, val } = manifest.splits;
  const net = alexnet({ ...profile.net, classes: manifest.classes.length });
  const parameters = countParameters(net);
  const weightBytes = parameters * FLOAT_BYTES;
  const slots = profile.optimizer.kind === 'adam' ? 2 : 1;
  const checkpointBytes = weightBytes * (1 + slots);
  const activations = net.layers.reduce((sum, { output }) => sum + sizeOf(output), sizeOf(net.input));
  const stepsPerEpoch = batchesInPass({ samples: train.count, views: 1, batchSize });
  const speedOf = await findSpeed(reading, profile, manifest.classes.length);
  return {
    ...{ epochs, stepsPerEpoch, steps: epochs * stepsPerEpoch, parameters },
    checkpointBytes,
    storeBytes: checkpointBytes * (keep + 2),
    tensorBytes: weightBytes * (2 + slots) + activations * batchSize * FLOAT_BYTES,
    redisBytes: windowBytes,
    seconds: speedOf && (epochs * (train.count + val.count)) / speedOf.imagesPerSecond,
    speedOf,
  };
}

/** The fastest run with the same net, batch size and precision. */
async function findSpeed(
  reading: Reading,
  { net, batchSize, precision }: Profile,
  classes: number,
): Promise<TrainingEstimate['speedOf']> {
  const key = JSON.stringify({ net, batchSize, precision, classes });
  const trained = (await showRuns(reading)).flatMap(({ run, status, progress }) =>
    status === 'damaged' || progress === null || progress.imagesPerSecond === 0
      ? []
      : [{ run, imagesPerSecond: progress.imagesPerSecond }],
  );
  const alike = await Promise.all(
    trained.map(async (each) => {
      const { profile, dataset } = await readRunSpec(reading.store, each.run);
      const other = {
        ...{ net: profile.net, batchSize: profile.batchSize, precision: profile.precision },
        classes: dataset.classes.length,
      };
      return JSON.stringify(other) === key ? [each] : [];
    }),
  );
  const [fastest] = alike.flat().sort((a, b) => b.imagesPerSecond - a.imagesPerSecond);
  return fastest ?? null;
}
