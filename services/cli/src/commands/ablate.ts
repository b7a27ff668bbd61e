import { Option, type Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import {
  BROKEN_DOWN,
  planAblation,
  readHistory,
  startAblation,
  summariseAblation,
  VARIANTS,
  type Ablation,
  type AblationRequest,
  type AblationSummary,
  type Pipeline,
  type TrainingCurvePoint,
  type VariantResult,
} from '@alexnet/pipeline';
import { ablationTable, markdownTable } from '../ablation-table.ts';
import {
  action,
  assignmentsOption,
  notifyOption,
  profileOption,
  seedOption,
  wholeNumber,
  withPipeline,
  type CommandContext,
} from '../command.ts';
import { FigureFiles } from '../figure-files.ts';
import { followRunWithBar, watchOnly } from '../follow.ts';
import { readTrainingSteps } from '../training-steps.ts';
import { table } from '../ui/format.ts';

interface AblateOptions {
  dataset: string;
  profile: string;
  epochs: number;
  set: string[];
  seed: number;
  variants: string[];
  name?: string;
  threshold?: number;
  notify?: string;
  out?: string;
}

export function register(command: Command): void {
  const variants = Object.keys(VARIANTS);
  action<[], AblateOptions>(
    command
      .requiredOption('--dataset <name>', 'dataset to train on')
      .addOption(profileOption())
      .addOption(
        wholeNumber('--epochs <n>', 'epochs of each run', { least: 1, most: 1000 }).makeOptionMandatory(),
      )
      .addOption(assignmentsOption())
      .addOption(seedOption())
      .addOption(
        new Option('--variants <a,b,c>', 'what to leave out')
          .argParser((text) => text.split(','))
          .default(variants, variants.join(',')),
      )
      .option('--name <name>', 'what the runs are called (default: the dataset, the profile and "ablation")')
      .addOption(thresholdOption())
      .addOption(notifyOption())
      .option('--out <folder>', 'where the table and the plot go (default: a folder of the name)'),
    'ablate --dataset pets --profile demo --epochs 20 --variants tanh,no-lrn,no-dropout',
    ablate,
  );
}

/** @throws USAGE */
function thresholdOption(): Option {
  return new Option(
    '--threshold <error>',
    'training top-1 error, 0 to 1, that a run is timed to (default: the last of the full net)',
  ).argParser((text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= 1) return value;
    throw new AlexnetError('USAGE', {
      expected: '--threshold to be a number from 0 to 1',
      actual: text,
      remedy: 'E.g. --threshold 0.25 for 25 % of the training images.',
    });
  });
}

async function ablate(context: CommandContext, _: [], options: AblateOptions): Promise<void> {
  const { output } = context;
  const { dataset, profile, seed, variants, epochs, notify } = options;
  const name = options.name ?? `${dataset}-${profile}-ablation`;
  const assignments = [...options.set, `epochs=${epochs}`];
  const request = { dataset, name, profile, assignments, seed, variants, notify };
  const ablation = planAblation(request);
  for (const variant of ablation.unchanged)
    output.note(`left out ${variant}: the profile goes without it already`);
  // Before the hours of training, not after them.
  const folder = await FigureFiles.open(options.out ?? name);
  await withPipeline(context, async (pipeline) => {
    await startAblation(pipeline, request, ablation);
    const results = await watchOnly(follow(pipeline, context, ablation), context.signal, {
      name,
      remedy: 'The same command follows its runs again.',
    });
    const summary = summariseAblation(results, options.threshold);
    await write(folder, request, results, summary);
    const { head, rows } = ablationTable(summary);
    output.result(
      { name, dataset, profile, seed, ...summary, unchanged: ablation.unchanged, files: folder.files },
      [table(head, rows), '', ...folder.files].join('\n'),
    );
  });
}

interface CurvedResult extends VariantResult {
  steps: TrainingCurvePoint[] | undefined;
}

/** Parts of a learning curve: few enough to tell the lines of all variants apart. */
const CURVE_POINTS = 60;

/** Shows the runs in turn. @throws what a run failed with, except for a breakdown; the signal's reason */
async function follow(
  pipeline: Pipeline,
  { output, signal }: CommandContext,
  { runs }: Ablation,
): Promise<CurvedResult[]> {
  const results: CurvedResult[] = [];
  for (const { variant, run } of runs) {
    let outcome: VariantResult['outcome'] = 'done';
    try {
      const status = await followRunWithBar(pipeline, run, output, signal, { label: variant });
      if (status.status !== 'done') throw stopped(run);
    } catch (error) {
      if (!(error instanceof AlexnetError) || error.code !== BROKEN_DOWN) throw error;
      outcome = 'broken-down';
    }
    const history = await readHistory(pipeline.store, run);
    const { note } = output;
    const steps = await readTrainingSteps(pipeline.store, run, { most: CURVE_POINTS, note });
    results.push({ variant, run, outcome, history, steps });
  }
  return results;
}

const EXPLANATION =
  'Errors on the validation images after the last epoch and after the best; "vs full" in percentage points. Training ' +
  'loss and error are those of the last epoch as it went, with augmentation and dropout.';

async function write(
  folder: FigureFiles,
  { name, dataset, profile, assignments, seed }: AblationRequest,
  results: readonly CurvedResult[],
  summary: AblationSummary,
): Promise<void> {
  // Only here: the library of charts takes longer to load than most commands to run.
  const { comparedCurves } = await import('@alexnet/figures');
  const { head, rows } = ablationTable(summary);
  const settings = `Dataset \`${dataset}\`, profile \`${profile}\` with \`${assignments.join(' ')}\`, seed ${seed}.`;
  await folder.text(
    'ablation.md',
    [`# ${name}`, '', settings, '', markdownTable(head, rows), '', EXPLANATION, ''].join('\n'),
  );
  const lines = results.map(({ variant, history, steps }) => ({ name: variant, history, steps }));
  await folder.figure(
    'ablation',
    comparedCurves(`${name}: without each of the paper’s tricks`, lines, summary.threshold),
  );
}

function stopped(run: string): AlexnetError {
  return new AlexnetError('RUN_FAILED', {
    expected: `the run ${run} to reach its end`,
    actual: 'it was stopped',
    remedy: 'Give the same command again: it goes on.',
  });
}
