import { Option, type Command } from 'commander';
import type { Selector } from '@alexnet/checkpoints';
import { evaluateRun, type EvaluationResult, type Pipeline } from '@alexnet/pipeline';
import { action, withPipeline, type CommandContext } from '../command.ts';
import { checkpointOption } from '../selector.ts';
import { percent, thousands } from '../ui/format.ts';
import type { Output } from '../ui/output.ts';
import { createProgress } from '../ui/progress.ts';

interface EvaluateOptions {
  run: string;
  checkpoint: Selector;
}

export function registerEvaluate(program: Command): void {
  action<[], EvaluateOptions>(
    program
      .command('evaluate')
      .description('queue an evaluation of a checkpoint on the validation images, and wait for it')
      .requiredOption('--run <run>', 'the run')
      .addOption(checkpointOption())
      .addOption(
        new Option('--views <n>', 'crops of each image whose predictions are averaged')
          .choices(['1'])
          .default('1'),
      ),
    'evaluate --run pets-paper-1 --checkpoint best',
    (context, _, options) =>
      withPipeline(context, async (pipeline) => {
        const result = await evaluateWithBar(pipeline, options.run, options.checkpoint, context);
        context.output.result(result, describeEvaluation(result));
      }),
  );
}

export async function evaluateWithBar(
  pipeline: Pipeline,
  run: string,
  checkpoint: Selector,
  { output, signal }: Pick<CommandContext, 'signal'> & { output: Output },
): Promise<EvaluationResult> {
  const bar = createProgress(output, 'evaluate');
  try {
    return await evaluateRun(pipeline, run, checkpoint, {
      signal,
      onProgress: (done, total) => bar.update(done, total, 'images'),
    });
  } finally {
    bar.stop();
  }
}

function describeEvaluation({ checkpoint, count, views, top1Error, top5Error }: EvaluationResult): string {
  return [
    `${checkpoint} on ${thousands(count)} validation images, ${views} view`,
    `  top-1  ${percent(1 - top1Error)} right, ${percent(top1Error)} error`,
    `  top-5  ${percent(1 - top5Error)} right, ${percent(top5Error)} error`,
  ].join('\n');
}
