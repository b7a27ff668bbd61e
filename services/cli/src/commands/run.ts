import type { Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import {
  readBaseline,
  readLastEvaluations,
  readRunSpec,
  removeRun,
  resumeRun,
  RunHistory,
  showRun,
  stopRun,
  type RunStatus,
} from '@alexnet/pipeline';
import type { ObjectStore } from '@alexnet/storage';
import type { Selector } from '@alexnet/checkpoints';
import { checkAssignments } from '@alexnet/model';
import { action, notifyOption, withPipeline, withReading, type CommandContext } from '../command.ts';
import { watchRun } from '../follow.ts';
import { summariseEvaluation } from '../evaluation.ts';
import { addProfileChanges, changesAsAssignments, type ProfileChanges } from '../profile-options.ts';
import { describeRun, runSummary, type RunDetails } from '../runs.ts';
import { checkpointOption } from '../selector.ts';
import { registerRunCopy } from './run-copy.ts';
import { registerRunCompare } from './run-compare.ts';
import { registerRunList } from './run-list.ts';

interface ResumeOptions extends ProfileChanges {
  checkpoint: Selector;
  notify?: string;
  follow?: boolean;
}

export function register(run: Command): void {
  registerRunList(run);
  registerRunCompare(run);
  registerRunCopy(run);
  action<[string], { follow?: boolean }>(
    run.command('show').argument('<run>').description('how a run stands').option('--follow', 'until it ends'),
    'run show pets-paper-1 --follow',
    show,
  );
  action<[string], object>(
    run.command('stop').argument('<run>').description('finish the step, write a checkpoint and stop'),
    'run stop pets-paper-1',
    stop,
  );
  action<[string], ResumeOptions>(
    addProfileChanges(
      run
        .command('resume')
        .argument('<run>')
        .description('continue a stopped run, or extend a finished one with --epochs or --set')
        .addOption(checkpointOption().conflicts(['epochs', 'learningRate', 'set'])),
      { epochs: 'passes over the train images, counted from the beginning of the run' },
    )
      .addOption(notifyOption())
      .option('--follow', 'stay until it ends'),
    'run resume pets-paper-1',
    resume,
  );
  action<[string], object>(
    run
      .command('remove')
      .argument('<run>')
      .description('delete a stopped run, its checkpoints and evaluations'),
    'run remove pets-paper-1',
    remove,
  );
}

async function show(context: CommandContext, [run]: [string], options: { follow?: boolean }): Promise<void> {
  const withDetails = async (
    { store }: { store: ObjectStore },
    status: Promise<RunStatus>,
  ): Promise<[RunStatus, RunDetails]> => [await status, await readDetails(store, run, context)];
  const shown =
    options.follow === true
      ? await withPipeline(context, (pipeline) => withDetails(pipeline, watchRun(pipeline, run, context)))
      : await withReading(context, (reading) => withDetails(reading, showRun(reading, run)));
  context.output.result(runSummary(...shown), describeRun(...shown));
}

async function readDetails(
  store: ObjectStore,
  run: string,
  { output }: Pick<CommandContext, 'output'>,
): Promise<RunDetails> {
  const spec = await readRunSpec(store, run);
  const baseline = await readBaseline(store, spec);
  // The rest of the run can be shown where one of these cannot be read.
  const ifDamaged = (error: unknown): undefined => {
    if (!(error instanceof AlexnetError) || !DAMAGE.has(error.code)) throw error;
    output.note(error.message);
  };
  const reports = await readLastEvaluations(store, run).catch(ifDamaged);
  const losses = await readLosses(store, run).catch(ifDamaged);
  const { classes } = spec.dataset;
  return {
    baseline,
    ...(reports && { evaluations: reports.map((report) => summariseEvaluation(report, classes)) }),
    ...(losses && { losses }),
  };
}

const DAMAGE: ReadonlySet<string> = new Set(['FORMAT_INVALID', 'CHECKPOINT_CORRUPT', 'CHECKPOINT_NOT_FOUND']);
/** Of the line of losses; with its name and its numbers it fits 80 columns. */
const LOSSES_SHOWN = 32;

async function readLosses(store: ObjectStore, run: string): Promise<number[]> {
  const history = await RunHistory.open({ store }, run);
  const { metrics } = await history.series({ points: LOSSES_SHOWN });
  return metrics.loss.mean.filter((loss) => loss !== null);
}

async function stop(context: CommandContext, [run]: [string]): Promise<void> {
  const status = await withPipeline(context, (pipeline) => stopRun(pipeline, run));
  const said = status === 'stopping' ? 'stops after its next checkpoint' : 'is stopped';
  context.output.result({ run, status }, `${run} ${said}; \`alexnet run resume ${run}\` goes on.`);
}

async function resume(context: CommandContext, [run]: [string], options: ResumeOptions): Promise<void> {
  const { checkpoint, notify } = options;
  const assignments = changesAsAssignments(options);
  checkAssignments(assignments);
  await withPipeline(context, async (pipeline) => {
    const { profile } = await resumeRun(pipeline, run, { checkpoint, assignments, notify });
    const from = checkpoint === 'latest' ? 'newest checkpoint' : `checkpoint ${checkpoint}`;
    const to = assignments.length === 0 ? '' : `, up to epoch ${profile.epochs}`;
    if (options.follow !== true) {
      context.output.result({ run, status: 'queued' }, `${run} is queued to continue from its ${from}${to}.`);
      return;
    }
    const status = await watchRun(pipeline, run, context);
    context.output.result(runSummary(status), describeRun(status));
  });
}

async function remove(context: CommandContext, [run]: [string]): Promise<void> {
  await withPipeline(context, (pipeline) => removeRun(pipeline, run));
  context.output.result({ run, status: 'removed' }, `${run} is removed.`);
}
