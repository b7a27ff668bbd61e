import path from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import type { Selector } from '@alexnet/checkpoints';
import { readTrainedNet } from '@alexnet/pipeline';
import { action, commandStore } from '../command.ts';
import { Predictor, type Prediction } from '../predictor.ts';
import { checkpointOption } from '../selector.ts';
import { fractionBar, percent } from '../ui/format.ts';

export function register(command: Command): void {
  action<[string[]], { run: string; checkpoint: Selector }>(
    command
      .argument('<image...>', 'image files')
      .requiredOption('--run <run>', 'the run whose weights to use')
      .addOption(checkpointOption()),
    'predict --run pets-paper-1 --checkpoint best cat.jpg',
    async (context, [images], { run, checkpoint }) => {
      const { output } = context;
      const trained = await readTrainedNet(commandStore(context), run, checkpoint);
      const predictor = await Predictor.open(trained);
      const predictions = await predictor.predict(images);
      output.result(
        predictions,
        predictions.map((prediction) => describePrediction(prediction)).join('\n\n'),
      );
    },
  );
}

/** The top five with bars; with the true class its line is marked. */
export function describePrediction({ image, top }: Prediction, truth?: string): string {
  const width = Math.max(...top.map((entry) => entry.class.length));
  const lines = top.map(({ class: name, probability }) => {
    const line = `  ${name.padEnd(width)}  ${percent(probability).padStart(7)}  ${fractionBar(probability)}`;
    return name === truth ? pc.green(line) : line;
  });
  const heading =
    truth === undefined ? '' : top[0]?.class === truth ? pc.green(` ✓ ${truth}`) : pc.red(` ✗ ${truth}`);
  return [pc.bold(path.basename(image)) + heading, ...lines].join('\n');
}
