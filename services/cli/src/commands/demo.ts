import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import { untilStopped } from '@alexnet/core';
import { findManifest, readManifest } from '@alexnet/datasets';
import { prepareEmoji } from '@alexnet/demo-data';
import { resolveProfile } from '@alexnet/model';
import {
  newRunName,
  addDataset,
  Predictor,
  readTrainedNet,
  startRun,
  type EvaluationResult,
  type Pipeline,
  type RunStatus,
} from '@alexnet/pipeline';
import type { Views } from '@alexnet/tensor-store';
import { action, wholeNumber, withPipeline, type CommandContext } from '../command.ts';
import { followDatasetWithBar, followRunWithBar } from '../follow.ts';
import { describePrediction } from '../predict/formats.ts';
import type { Prediction } from '../predict/predict-files.ts';
import { readSquare } from '../predict/read-square.ts';
import { runSummary } from '../runs.ts';
import { STATE_FOLDER } from '../stack/state-folder.ts';
import { STACK_STOP_MS, withStack } from '../stack/with-stack.ts';
import type { StackOptions } from '../stack/stack.ts';
import { duration, facts, percent, thousands } from '../ui/format.ts';
import { createProgress } from '../ui/progress.ts';
import { evaluateWithBar } from './evaluate.ts';
import { deviceOption, storeOption } from '../stack/options.ts';

interface DemoOptions {
  workers: number;
  s3: StackOptions['s3'];
  device: StackOptions['device'];
  short?: boolean;
}

/** `--short` shows that everything works, in a minute; it learns next to nothing. */
const SHORT = {
  picturesPerClass: 24,
  assignments: ['epochs=2', 'batchSize=32', 'sliceSize=16', 'checkpointEvery=5'],
};

export function register(command: Command): void {
  action<[], DemoOptions>(
    command
      .option('--short', 'a few pictures and steps: shows that it works, learns next to nothing')
      .addOption(wholeNumber('--workers <n>', 'preprocess workers', { least: 1, most: 256 }).default(2))
      .addOption(storeOption())
      .addOption(deviceOption()),
    'demo',
    demo,
    { stopMs: STACK_STOP_MS },
  );
}

async function demo(context: CommandContext, _: [], options: DemoOptions): Promise<void> {
  const started = performance.now();
  const { workers, s3, device, short = false } = options;
  const folder = path.resolve(STATE_FOLDER);
  const pictures = path.join(folder, short ? 'emoji-short' : 'emoji');
  await withStack(
    context,
    { holder: 'alexnet demo', folder, workers, s3, device, console: true },
    () => drawPictures(context, pictures, short ? SHORT.picturesPerClass : undefined),
    (running) => withPipeline(running, (pipeline) => learn(pipeline, running, { pictures, short, started })),
  );
}

interface Lesson {
  pictures: string;
  short: boolean;
  /** When the command was given, by `performance.now()`. */
  started: number;
}

async function learn(
  pipeline: Pipeline,
  context: CommandContext,
  { pictures, short, started }: Lesson,
): Promise<void> {
  const { output, signal } = context;
  const dataset = path.basename(pictures);
  await makeDataset(pipeline, context, dataset, pictures);
  const run = await newRunName(pipeline.store, short ? 'demo-short' : 'demo');
  const profile = resolveProfile('demo', short ? SHORT.assignments : []);
  await startRun(pipeline, { dataset, run, profile, seed: 0, keep: 2 });
  const log = path.join(path.dirname(pictures), 'logs', 'trainer.log');
  output.note(`training ${pc.bold(run)}; its log: ${log}`);
  const trainingStarted = performance.now();
  const status = await followRunWithBar(pipeline, run, output, signal);
  const trainingSeconds = (performance.now() - trainingStarted) / 1000;
  const [oneView, tenViews] = [
    await evaluate(pipeline, context, run, 1),
    await evaluate(pipeline, context, run, 10),
  ];
  const predictions = await predictUnseen(pipeline, run, path.join(pictures, 'val'));
  const seconds = (performance.now() - started) / 1000;
  const outcome = {
    ...{ status, oneView, tenViews, predictions },
    ...{ trainingSeconds, seconds },
  };
  output.result(
    { ...runSummary(outcome.status), oneView, tenViews, predictions, trainingSeconds, seconds },
    await describe(pipeline, outcome),
  );
}

async function drawPictures(
  { output, signal }: CommandContext,
  folder: string,
  limitPerClass: number | undefined,
): Promise<void> {
  const bar = createProgress(output, 'pictures');
  const drawing = prepareEmoji(folder, {
    onProgress: (done, total) => bar.update(done, total, 'emoji drawn'),
    ...(limitPerClass === undefined ? {} : { limitPerClass }),
  });
  try {
    // The next demo goes on where it is left.
    await untilStopped(drawing, signal, 0);
    bar.finish();
  } finally {
    bar.stop();
  }
}

async function makeDataset(
  pipeline: Pipeline,
  { output, signal }: CommandContext,
  name: string,
  source: string,
): Promise<void> {
  if ((await findManifest(pipeline.store, name)) !== undefined) {
    output.note(`dataset ${pc.bold(name)} already exists`);
    return;
  }
  const asked = await addDataset(pipeline, {
    name,
    source,
    valFraction: 0,
    seed: 0,
    shardSize: 512,
    side: 256,
    encoding: 'rgb',
  });
  await followDatasetWithBar(pipeline, asked, output, signal);
}

const evaluate = (
  pipeline: Pipeline,
  context: CommandContext,
  run: string,
  views: Views,
): Promise<EvaluationResult> => evaluateWithBar(pipeline, run, { checkpoint: 'latest', views }, context);

/** One picture of each class, of the artist that the net has not seen. */
async function predictUnseen(
  pipeline: Pipeline,
  run: string,
  folder: string,
): Promise<{ truth: string; prediction: Prediction }[]> {
  const classes = (await readdir(folder)).sort();
  const files = await Promise.all(
    classes.map(async (name) => {
      const names = (await readdir(path.join(folder, name))).sort();
      return path.join(folder, name, names[Math.floor(names.length / 2)] ?? '');
    }),
  );
  const predictor = await Predictor.open(await readTrainedNet(pipeline.store, run, 'latest'));
  const squares = await Promise.all(files.map((file) => readSquare(file, predictor.side)));
  const tops = predictor.predict(squares);
  return files.map((image, at) => ({
    truth: classes[at] ?? '',
    prediction: { image, top: tops[at] ?? [] },
  }));
}

interface Outcome {
  status: RunStatus;
  oneView: EvaluationResult;
  tenViews: EvaluationResult;
  predictions: { truth: string; prediction: Prediction }[];
  trainingSeconds: number;
  seconds: number;
}

const rightInViews = (one: number, ten: number): string =>
  `${pc.bold(`${percent(1 - one)} right`)} from the centre, ${percent(1 - ten)} averaged over ten views`;

const describeGuess = ({ truth, prediction }: Outcome['predictions'][number]): string =>
  describePrediction({ ...prediction, image: path.basename(prediction.image) }, truth);

async function describe({ store }: Pipeline, outcome: Outcome): Promise<string> {
  const { status, oneView, tenViews, predictions, trainingSeconds, seconds } = outcome;
  const { splits, classes } = await readManifest(store, status.dataset);
  const { progress } = status;
  const right = predictions.filter(({ truth, prediction }) => prediction.top[0]?.class === truth).length;
  return [
    '',
    pc.bold(
      `Predictions for pictures by an artist that the net has not seen: ${right} of ${predictions.length} right`,
    ),
    '',
    predictions.map(describeGuess).join('\n\n'),
    '',
    pc.bold(`${status.run} is ${status.status}`),
    facts([
      [
        'learned from',
        `${thousands(splits.train.count)} pictures of six artists in ${classes.length} categories`,
      ],
      ['tested on', `${thousands(splits.val.count)} pictures of a seventh artist`],
      ['top-1', rightInViews(oneView.top1Error, tenViews.top1Error)],
      ['top-5', rightInViews(oneView.top5Error, tenViews.top5Error)],
      [
        'training',
        `${thousands(oneView.step)} steps in ${duration(trainingSeconds)}, waiting for data ${percent(progress?.dataWaitFraction ?? 0)}`,
      ],
      ['checkpoint', `runs/${status.run}/checkpoints/${oneView.checkpoint} in ${store.url}`],
      ['digest', progress?.digest ?? ''],
      ['in all', duration(seconds)],
    ]),
    '',
    'Next: start the pipeline again, and use it',
    '  npx alexnet up --detach',
    `  npx alexnet predict --run ${status.run} PICTURE…`,
    `  npx alexnet audit --run ${status.run}`,
    `  npx alexnet dataset add FOLDER --name NAME --val-fraction 0.1 --follow`,
  ].join('\n');
}
