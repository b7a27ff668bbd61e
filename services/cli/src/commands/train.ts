import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AlexnetError, messageOf } from '@alexnet/core';
import { resolveProfile } from '@alexnet/model';
import { startRun } from '@alexnet/pipeline';
import {
  action,
  assignmentsOption,
  profileOption,
  seedOption,
  wholeNumber,
  withPipeline,
  type CommandContext,
} from '../command.ts';
import { watchRun } from '../follow.ts';
import { describeRun, newRunName, runSummary } from '../runs.ts';

interface TrainOptions {
  dataset: string;
  run?: string;
  profile: string;
  set: string[];
  init?: string;
  seed: number;
  keep: number;
  follow?: boolean;
}

export function register(command: Command): void {
  action<[], TrainOptions>(
    command
      .requiredOption('--dataset <name>', 'dataset to train on')
      .option('--run <run>', 'name of the run (default: the dataset, the profile and a number)')
      .addOption(profileOption())
      .addOption(assignmentsOption())
      .option(
        '--init <file>',
        'weights to begin from (safetensors); a last layer for other classes begins anew',
      )
      .addOption(seedOption())
      .addOption(
        wholeNumber('--keep <n>', 'newest checkpoints to keep, besides the best', {
          least: 1,
          most: 1000,
        }).default(3),
      )
      .option('--follow', 'stay and show progress until it is done'),
    'train --dataset pets --profile paper --set optimizer.learningRate=0.005 --follow',
    train,
  );
}

async function train(context: CommandContext, _: [], options: TrainOptions): Promise<void> {
  const { output } = context;
  const { dataset, seed, keep } = options;
  const profile = resolveProfile(options.profile, options.set);
  await withPipeline(context, async (pipeline) => {
    const run = options.run ?? (await newRunName(pipeline.store, `${dataset}-${profile.name}`));
    const init = options.init === undefined ? {} : { init: await readWeights(options.init) };
    const spec = await startRun(pipeline, { dataset, run, profile, seed, keep, ...init });
    if (spec.init && spec.init.fresh.length > 0)
      output.note(`${spec.init.fresh.join(', ')} of ${options.init ?? ''} does not fit and begins anew`);
    if (options.follow !== true) {
      output.result(
        { run, status: 'queued' },
        `${run} is queued; \`alexnet run show ${run}\` shows how it goes.`,
      );
      return;
    }
    const status = await watchRun(pipeline, run, context);
    output.result(runSummary(status), describeRun(status));
  });
}

async function readWeights(file: string): Promise<{ bytes: Buffer; name: string }> {
  try {
    return { bytes: await readFile(file), name: file };
  } catch (cause) {
    throw new AlexnetError('USAGE', {
      expected: `--init to name a safetensors file, as \`alexnet export\` writes`,
      actual: messageOf(cause),
      remedy: 'Check the path.',
      cause,
    });
  }
}
