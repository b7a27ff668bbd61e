import { Option, type Command } from 'commander';
import type { Selector } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import { evaluateRun, type EvaluationResult, type Pipeline } from '@alexnet/pipeline';
import type { Views } from '@alexnet/queues';
import { action, withPipeline, type CommandContext } from '../command.ts';
import { patiently } from '../patience.ts';
import { checkpointOption } from '../selector.ts';
import { percent, thousands } from '../ui/format.ts';
import type { Output } from '../ui/output.ts';
import { createProgress } from '../ui/progress.ts';

interface EvaluateOptions {
  run: string;
  checkpoint: Selector;
  views: Views;
}

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
      ),
    'evaluate --run pets-paper-1 --checkpoint best --views 10',
    (context, _, { run, ...which }) =>
      withPipeline(context, async (pipeline) => {
        const result = await evaluateWithBar(pipeline, run, which, context);
        context.output.result(result, describeEvaluation(result));
      }),
  );
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
  try {
    const result = await patiently(pipeline, output, signal, () =>
      evaluateRun(pipeline, run, which, {
        signal,
        onProgress: (done, total) => bar.update(done, total, 'images'),
        onWait: (what) => bar.wait(what),
      }),
    );
    bar.finish();
    return result;
  } finally {
    bar.stop();
  }
}

function describeEvaluation({ checkpoint, count, views, top1Error, top5Error }: EvaluationResult): string {
  return [
    `${checkpoint} on ${thousands(count)} validation images, ${views === 1 ? 'one view' : `${views} views`}`,
    `  top-1  ${percent(1 - top1Error)} right, ${percent(top1Error)} error`,
    `  top-5  ${percent(1 - top5Error)} right, ${percent(top5Error)} error`,
  ].join('\n');
}
