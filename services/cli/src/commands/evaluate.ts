import { Option, type Command } from 'commander';
import type { Selector } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import { openSamples, type Manifest } from '@alexnet/datasets';
import {
  requestEvaluation,
  figuresOf,
  NO_FIGURES,
  openConfiguredShards,
  readDatasetOf,
  readEvaluation,
  readRunSpec,
  type EvaluationFigures,
  type EvaluationResult,
  type Pipeline,
} from '@alexnet/pipeline';
import type { Views } from '@alexnet/tensor-store';
import { action, withPipeline, type CommandContext } from '../command.ts';
import { describeErrors, describeFigures } from '../evaluation.ts';
import { patiently } from '../patience.ts';
import { checkpointOption } from '../selector.ts';
import { writeMistakes, type MistakenImage } from '../sheet.ts';
import type { Output } from '../ui/output.ts';
import { createProgress } from '../ui/progress.ts';

interface EvaluateOptions {
  run: string;
  checkpoint: Selector;
  views: Views;
}

/** Where no sheet shows them. */
const MISTAKES_SHOWN = 10;

export function register(command: Command): void {
  action<[], EvaluateOptions>(
    command
      .requiredOption('--run <run>', 'the run')
      .addOption(checkpointOption())
      .addOption(
        new Option(
          '--views <n>',
          'the centre, or corners and centre with their reflections, averaged (paper §4.1)',
        )
          .default(1)
          .argParser(parseViews),
      )
      .option('--sheet <file>', 'write a PNG with the most confident mistakes'),
    'evaluate --run pets-paper-1 --checkpoint best --views 10 --sheet mistakes.png',
    (context, _, options) => withPipeline(context, (pipeline) => evaluate(pipeline, context, options)),
  );
}

async function evaluate(
  pipeline: Pipeline,
  context: CommandContext,
  { run, sheet, ...which }: EvaluateOptions & { sheet?: string },
): Promise<void> {
  const { output } = context;
  const { report: key, ...result } = await evaluateWithBar(pipeline, run, which, context);
  if (key === null) {
    const withoutSheet = sheet === undefined ? '' : `, so ${sheet} is not written`;
    output.note(
      `The trainer is of an earlier version, which does not measure each class${withoutSheet}. Start it again with this version, then evaluate again.`,
    );
    output.result({ ...result, ...NO_FIGURES }, describeErrors(result));
    return;
  }
  const spec = await readRunSpec(pipeline.store, run);
  const dataset = await readDatasetOf(pipeline.store, spec);
  const figures = figuresOf(await readEvaluation(pipeline.store, key), spec.dataset.classes);
  const mistakesShown = sheet === undefined ? MISTAKES_SHOWN : Infinity;
  const text = describeFigures(figures, { words: dataset.words, mistakesShown });
  output.result({ ...result, ...figures }, `${describeErrors(result)}\n\n${text}`);
  // Last: what was measured is told, whether or not the file can be written.
  if (sheet !== undefined) output.note(await drawMistakes(pipeline, { run, dataset, figures, file: sheet }));
}

interface MistakesSheet {
  run: string;
  dataset: Manifest;
  figures: EvaluationFigures;
  file: string;
}

/** Returns what to say of it. @throws USAGE where the file cannot be written; OBJECT_NOT_FOUND, OBJECT_CORRUPT */
async function drawMistakes(
  { config, store }: Pipeline,
  { run, dataset, figures, file }: MistakesSheet,
): Promise<string> {
  const { mistakes } = figures;
  if (mistakes.length === 0) return `Every image is right, so ${file} is not written.`;
  const reader = openConfiguredShards(config, store);
  try {
    const ids = mistakes.map(({ id }) => id);
    const samples = await openSamples(reader, dataset, 'val', ids);
    const images: MistakenImage[] = [];
    const named = (name: string): string => dataset.words[name] ?? name;
    for (const [i, mistake] of mistakes.entries()) {
      const pixels = await samples[i]?.read();
      if (pixels === undefined) continue;
      images.push({
        pixels,
        class: named(mistake.class),
        predicted: named(mistake.predicted),
        probability: mistake.probability,
      });
    }
    await writeMistakes(file, `The most confident mistakes of ${run}`, images);
    return `${file} shows the mistakes above, by their numbers.`;
  } finally {
    await reader.close();
  }
}

/** @throws USAGE */
function parseViews(text: string): Views {
  if (text === '1' || text === '10') return text === '1' ? 1 : 10;
  throw new AlexnetError('USAGE', {
    expected: '--views 1 or 10',
    actual: text,
    remedy: 'The paper averages ten; one is ten times as fast.',
  });
}

export async function evaluateWithBar(
  pipeline: Pipeline,
  run: string,
  which: Omit<EvaluateOptions, 'run'>,
  { output, signal }: Pick<CommandContext, 'signal'> & { output: Output },
): Promise<EvaluationResult> {
  const bar = createProgress(output, 'evaluate');
  const detail = which.views === 1 ? 'images, centre view' : 'images, ten views each';
  try {
    const result = await patiently(pipeline, output, signal, () =>
      requestEvaluation(pipeline, run, which, {
        signal,
        onProgress: (done, total) => bar.update(done, total, detail),
        onWait: (what) => bar.wait(what),
      }),
    );
    // What was reported last is a batch or so behind.
    bar.update(result.count, result.count, detail);
    bar.finish();
    return result;
  } finally {
    bar.stop();
  }
}
