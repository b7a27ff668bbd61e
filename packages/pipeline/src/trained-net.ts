import { CheckpointReader, type Selector } from '@alexnet/checkpoints';
import { readMeanImage } from '@alexnet/datasets';
import { cropCentre } from '@alexnet/images';
import { alexnet, checkWeights, type Net, type Profile } from '@alexnet/model';
import type { FloatTensor } from '@alexnet/safetensors';
import type { ObjectStore } from '@alexnet/storage';
import { readDatasetOf, readRunSpec } from './run-spec.ts';

/** A run's net with the weights of one checkpoint, and what its input is made with. */
export interface TrainedNet {
  run: string;
  /** Name of the checkpoint's folder. */
  checkpoint: string;
  /** Updates made. */
  step: number;
  profile: Profile;
  /** Names; the index is the label. */
  classes: readonly string[];
  net: Net;
  weights: Map<string, FloatTensor>;
  /** Of the square that every image becomes before the net's input is cut out of its middle. */
  storedSide: number;
  /** What is subtracted from the pixels of the net's input: float32 [height, width, channels], on the scale 0–255;
   * zeros where the profile has nothing subtracted. */
  meanImage: Float32Array;
}

/**
 * @throws RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT, CHECKPOINT_MISMATCH, DATASET_NOT_FOUND,
 *   DATASET_CHANGED where the mean image is no longer the one of the training
 */
export async function readTrainedNet(
  store: ObjectStore,
  run: string,
  selector: Selector,
): Promise<TrainedNet> {
  const spec = await readRunSpec(store, run);
  const { profile, dataset } = spec;
  const { manifest, weights } = await new CheckpointReader(store, run).trained(selector);
  const net = alexnet({ ...profile.net, classes: dataset.classes.length });
  checkWeights(net, weights);
  const trainedOn = await readDatasetOf(store, spec);
  const mean = cropCentre(await readMeanImage(store, trainedOn), profile.net.input);
  const meanImage = profile.inputMean === 'image' ? mean : mean.fill(0);
  const storedSide = trainedOn.spec.side;
  const { name: checkpoint, step } = manifest;
  const { classes } = dataset;
  return { run, checkpoint, step, profile, classes, net, weights, storedSide, meanImage };
}
