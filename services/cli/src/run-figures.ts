import { drawAugmentation, LIGHTING_STDDEV } from '@alexnet/batches';
import type { Selector } from '@alexnet/checkpoints';
import type { Config } from '@alexnet/core';
import type { Manifest } from '@alexnet/datasets';
import {
  filtersFigure,
  learningCurves,
  lightingFigure,
  predictionsFigure,
  type ColourKernel,
} from '@alexnet/figures';
import {
  Predictor,
  readDatasetOf,
  readHistory,
  readRunSpec,
  readTrainedNet,
  type RunSpec,
  type TrainedNet,
} from '@alexnet/pipeline';
import type { ObjectStore } from '@alexnet/storage';
import type { CommandContext } from './command.ts';
import { firstSamples } from './samples.ts';
import { readTrainingSteps } from './training-steps.ts';

/** A run at one of its checkpoints. */
export interface Subject {
  store: ObjectStore;
  config: Config;
  spec: RunSpec;
  dataset: Manifest;
  trained: TrainedNet;
  /** Told what is to be said besides. */
  note: (line: string) => void;
}

/** @throws as {@link readTrainedNet} */
export async function openSubject(
  store: ObjectStore,
  { config, output }: Pick<CommandContext, 'config' | 'output'>,
  run: string,
  selector: Selector,
): Promise<Subject> {
  const spec = await readRunSpec(store, run);
  const trained = await readTrainedNet(store, run, selector);
  const dataset = await readDatasetOf(store, spec);
  return { store, config, spec, dataset, trained, note: output.note };
}

/** A drawing, or why there is none. */
export type Figure = { svg: string } | { missing: string };

/** Every figure of a run, by the name of its files. */
export const RUN_FIGURES: Readonly<Record<string, (subject: Subject) => Promise<Figure>>> = {
  filters,
  predictions,
  curves,
  lighting,
};

async function filters({ trained: { run, step, weights } }: Subject): Promise<Figure> {
  const kernel = weights.get('conv1/kernel') as ColourKernel;
  return { svg: await filtersFigure(`${run} after ${step} steps: conv1`, kernel) };
}

/** As many as in figure 4 of the paper. */
const IMAGES = 8;

async function predictions({ store, config, dataset, trained }: Subject): Promise<Figure> {
  const samples = await firstSamples(store, config, dataset, 'val', IMAGES);
  if (samples.length === 0) return { missing: 'the dataset has no validation images' };
  const predictor = await Predictor.open(trained);
  const tops = predictor.predict(samples.map(({ pixels }) => pixels));
  const images = samples.map(({ pixels, label }, i) => ({
    pixels,
    truth: dataset.classes[label] ?? String(label),
    top: tops[i] ?? [],
  }));
  const title = `${trained.run} after ${trained.step} steps: the first validation images`;
  return { svg: await predictionsFigure(title, images) };
}

/** Parts of a learning curve: two units of the drawing each. */
const CURVE_POINTS = 170;

async function curves({ store, spec, note }: Subject): Promise<Figure> {
  const history = await readHistory(store, spec.run);
  const steps = await readTrainingSteps(store, spec.run, { most: CURVE_POINTS, note });
  if (history.length === 0 && steps === undefined)
    return { missing: 'the run has no history and has not finished an epoch yet' };
  return { svg: learningCurves(`${spec.run} on ${spec.dataset.name}`, history, steps) };
}

/** Epochs whose draws are shown, at most. */
const MOST_DRAWS = 7;

async function lighting({ store, config, spec, dataset }: Subject): Promise<Figure> {
  const [sample] = await firstSamples(store, config, dataset, 'train', 1);
  if (sample === undefined) return { missing: 'the dataset has no training images' };
  const { augment } = spec.profile;
  // A run without it shows what it did without.
  const mode = augment.lighting === 'off' ? 'stddev' : augment.lighting;
  const { id, pixels } = sample;
  const { seed } = spec;
  const sides = { stored: dataset.spec.side, input: spec.profile.net.input };
  // Only epochs that the run has begun.
  const epochs = (await readHistory(store, spec.run)).length;
  const shown = Math.min(MOST_DRAWS, Math.max(1, epochs));
  const draws = Array.from({ length: shown }, (_, epoch) => ({
    label: `epoch ${epoch + 1}`,
    alphas: drawAugmentation({ ...augment, lighting: mode }, sides, { seed, epoch, sample: id }).alphas,
  }));
  const title = `${spec.dataset.name}: PCA lighting of a training image${augment.lighting === 'off' ? ', which this run went without' : ''}`;
  const figure = { pixels, components: dataset.statistics, mode, stddev: LIGHTING_STDDEV, draws };
  return { svg: await lightingFigure(title, figure) };
}
