import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { AlexnetError, messageOf } from '@alexnet/core';
import { checkAssignments, findProfile, LAYERS } from '@alexnet/model';
import {
  adviseOnDataset,
  estimateTraining,
  parseSource,
  readBaseline,
  resolveRunWish,
  startRun,
  type RunRequest,
  type RunWish,
} from '@alexnet/pipeline';
import { parse } from '@alexnet/safetensors';
import {
  action,
  notifyOption,
  profileNames,
  seedOption,
  wholeNumber,
  withPipeline,
  type CommandContext,
} from '../command.ts';
import { watchRun } from '../follow.ts';
import {
  addProfileChanges,
  assignDefined,
  changesAsAssignments,
  positive,
  type ProfileChanges,
} from '../profile-options.ts';
import { describeEstimate } from '../training-estimate.ts';
import { describeRun, runSummary } from '../runs.ts';

type Layer = (typeof LAYERS)[number];

interface TrainOptions extends ProfileChanges {
  dataset: string;
  run?: string;
  profile?: string;
  batchSize?: number;
  init?: string;
  from?: string;
  freeze?: Layer[];
  oldRate?: number;
  seed: number;
  keep: number;
  notify?: string;
  dryRun?: boolean;
  follow?: boolean;
}

export function register(command: Command): void {
  action<[], TrainOptions>(
    addProfileChanges(
      command
        .requiredOption('--dataset <name>', 'dataset to train on')
        .option('--run <run>', 'name of the run (default: the dataset, the profile and a number)')
        .addOption(
          new Option('--profile <profile>', `one of ${profileNames()} (default: by the size of the dataset)`),
        )
        .addOption(wholeNumber('--batch-size <n>', 'samples in one step', { least: 1, most: 4096 })),
      { epochs: 'passes over the train images' },
    )
      .option('--from <run[@checkpoint]>', 'fine-tune the net of another run (default checkpoint: best)')
      .addOption(
        new Option(
          '--init <file>',
          'start from weights (safetensors, as `alexnet export` writes them)',
        ).conflicts('from'),
      )
      .addOption(
        new Option(
          '--freeze <layers>',
          'layers that stay as they are, e.g. conv1..conv5 or conv1,conv2',
        ).argParser(parseLayers),
      )
      .addOption(
        positive(
          '--old-rate <factor>',
          'multiplies the learning rate of all layers but the last (default: 1)',
        ),
      )
      .addOption(seedOption())
      .addOption(
        wholeNumber('--keep <n>', 'newest checkpoints to keep, besides the best', {
          least: 1,
          most: 1000,
        }).default(3),
      )
      .addOption(notifyOption())
      .option('--dry-run', 'only say what the run would take: steps, time, disk, memory')
      .option('--follow', 'stay and show progress until it is done')
      .addHelpText('after', '\n`alexnet profile show` lists every key that --set takes.'),
    'train --dataset pets --learning-rate 0.005 --follow',
    train,
  );
}

async function train(context: CommandContext, _: [], options: TrainOptions): Promise<void> {
  const { output } = context;
  const { dataset, seed, keep } = options;
  checkAssignments(options.set);
  if (options.profile !== undefined) findProfile(options.profile);
  if (options.from !== undefined) parseSource(options.from);
  await withPipeline(context, async (pipeline) => {
    const wish: RunWish = {
      ...{ dataset, run: options.run, profile: options.profile, seed, keep, from: options.from },
      assignments: assignmentsOf(options),
      init: await readInitialWeights(options.init),
      notify: options.notify,
    };
    const { request, manifest, reason } = await resolveRunWish(pipeline.store, wish);
    const { profile, run } = request;
    if (reason !== undefined) output.note(`profile ${profile.name}: ${reason} (--profile chooses another)`);
    for (const { message } of adviseOnDataset(manifest)) output.note(`warning: ${message}`);
    if (options.dryRun === true) {
      const estimate = await estimateTraining(pipeline, context.config, { manifest, profile, keep });
      output.result({ dataset, profile, ...estimate }, describeEstimate(estimate));
      return;
    }
    const spec = await startRun(pipeline, request);
    if (spec.init && spec.init.fresh.length > 0)
      output.note(`${spec.init.fresh.join(', ')} starts fresh: the classes are others.`);
    if (options.follow !== true) {
      output.result(
        { run, profile: profile.name, status: 'queued' },
        `${run} is queued; \`alexnet run show ${run}\` shows how it goes.`,
      );
      return;
    }
    const status = await watchRun(pipeline, run, context);
    const baseline = await readBaseline(pipeline.store, spec);
    output.result(runSummary(status, { baseline }), describeRun(status, { baseline }));
  });
}

function assignmentsOf({ batchSize, freeze, oldRate, ...changes }: TrainOptions): string[] {
  return [
    ...(oldRate === undefined ? [] : [`rateFactors=${JSON.stringify(ratesOfOld(oldRate))}`]),
    ...changesAsAssignments(changes),
    ...assignDefined({ batchSize }),
    ...(freeze === undefined ? [] : [`frozen=${JSON.stringify(freeze)}`]),
  ];
}

/** The last layer is the new one. */
const ratesOfOld = (factor: number): Partial<Record<Layer, number>> =>
  Object.fromEntries(LAYERS.slice(0, -1).map((layer) => [layer, factor]));

async function readInitialWeights(file: string | undefined): Promise<RunRequest['init']> {
  if (file === undefined) return undefined;
  try {
    return { tensors: parse(await readFile(file), file) };
  } catch (cause) {
    if (cause instanceof AlexnetError) throw cause;
    throw new AlexnetError('USAGE', {
      expected: `${file} to be a file of weights`,
      actual: messageOf(cause),
      remedy: 'Check the path; `alexnet export` writes such a file.',
      cause,
    });
  }
}

/** `conv1..conv5`, or names with commas. @throws USAGE */
function parseLayers(text: string): Layer[] {
  const layers = text.split(',').flatMap((part) => {
    const [first, last = first] = part.split('..');
    const [from, to] = [LAYERS.indexOf(first as Layer), LAYERS.indexOf(last as Layer)];
    return from < 0 || to < from ? [undefined] : LAYERS.slice(from, to + 1);
  });
  if (layers.every((layer) => layer !== undefined)) return [...new Set(layers)];
  throw new AlexnetError('USAGE', {
    expected: `--freeze with layers out of ${LAYERS.join(', ')}`,
    actual: text,
    remedy: 'E.g. --freeze conv1..conv5, or --freeze conv1,conv2.',
  });
}
