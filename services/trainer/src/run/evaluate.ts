import { BatchFeed, batchesOf } from '@alexnet/batches';
import { CheckpointReader, type Selector } from '@alexnet/checkpoints';
import { AlexnetError, onAbort } from '@alexnet/core';
import { passOf, readRunSpec, type EvaluationResult } from '@alexnet/pipeline';
import { GiveBack, type JobContext, type JobData } from '@alexnet/queues';
import { buildEngine, toEngine, type TrainerContext } from './context.ts';
import { addStep, averages, checkFinite, noSums } from './meter.ts';
import { Supply } from './supply.ts';

/**
 * Evaluates a checkpoint on the whole validation split, in one centre view an image or in ten whose softmax outputs are
 * averaged (paper §4.1).
 * @throws CHECKPOINT_NOT_FOUND; DATASET_EMPTY for a dataset without validation images; LOSS_NOT_FINITE; GiveBack on
 *   shutdown
 */
export async function evaluateRun(
  context: TrainerContext,
  { run, checkpoint, pass, views }: JobData<'runs', 'evaluate'>,
  job: JobContext,
): Promise<EvaluationResult> {
  const { pipeline, engine } = context;
  const spec = await readRunSpec(pipeline.store, run);
  if (spec.dataset.val === 0) {
    throw new AlexnetError('DATASET_EMPTY', {
      expected: `dataset ${spec.dataset.name} to have validation images`,
      actual: 'none',
      remedy: 'Add the dataset again with a val folder, or with --val-fraction.',
    });
  }
  const reader = new CheckpointReader(pipeline.store, run);
  const manifest = await reader.manifest(parseSelector(checkpoint));
  await buildEngine(context, spec);
  await engine.call('loadModel', await reader.model(manifest));
  const stopping = new AbortController();
  onAbort(job.signal, () => stopping.abort(new GiveBack()));
  const feed = await BatchFeed.open({
    queues: pipeline.queues,
    slices: pipeline.slices,
    run,
    references: batchesOf(passOf(spec, pass, 'val', { epoch: 0, views })),
    windowBytes: pipeline.config.windowBytes,
    signal: stopping.signal,
  });
  try {
    let sums = noSums();
    const supply = new Supply();
    for (;;) {
      const batch = await supply.next(feed, engine);
      if (batch === undefined) break;
      const { lossSum, ...rest } = await engine.call('evaluate', { batch: toEngine(batch), views });
      checkFinite(lossSum, `with ${manifest.name}`, 'Evaluate an earlier checkpoint: --checkpoint STEP.');
      sums = addStep(sums, { ...rest, loss: lossSum / rest.count });
      await supply.hear(context, run);
      await job.progress({ done: sums.count, total: spec.dataset.val, ...supply.read() });
    }
    const means = averages(sums) ?? { loss: NaN, top1Error: 1, top5Error: 1 };
    return { run, checkpoint: manifest.name, step: manifest.step, views, count: sums.count, ...means };
  } finally {
    await feed.close();
  }
}

function parseSelector(text: string): Selector {
  return text === 'latest' || text === 'best' ? text : Number(text);
}
