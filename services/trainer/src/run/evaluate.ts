import { BatchFeed, batchesOf } from '@alexnet/batches';
import { CheckpointReader, type Selector } from '@alexnet/checkpoints';
import { AlexnetError, onAbort, orAborted, settlesWithin } from '@alexnet/core';
import { passOf, readRunSpec, type EvaluationResult } from '@alexnet/pipeline';
import { GiveBack, type JobContext, type JobData } from '@alexnet/queues';
import { buildEngine, feedOptions, toEngine, type TrainerContext } from './context.ts';
import { addStep, averages, checkFinite, noSums, type Sums } from './meter.ts';
import { Supply } from './supply.ts';

/** For an evaluation that is given back, to take back what it has asked for. */
const CLEAR_UP_MS = 5_000;

/**
 * Evaluates a checkpoint on the whole validation split, in one centre view an image or in ten whose softmax outputs are
 * averaged (paper §4.1).
 * @throws CHECKPOINT_NOT_FOUND; DATASET_EMPTY for a dataset without validation images; LOSS_NOT_FINITE; GiveBack on
 *   shutdown
 */
export async function evaluateRun(
  context: TrainerContext,
  request: JobData<'runs', 'evaluate'>,
  job: JobContext,
): Promise<EvaluationResult> {
  const { engine } = context;
  const over = new AbortController();
  const stopping = new AbortController();
  onAbort(job.signal, () => stopping.abort(new GiveBack()), over.signal);
  onAbort(engine.died, () => stopping.abort(engine.died.reason), over.signal);
  const evaluating = evaluate(context, request, job, stopping.signal);
  try {
    return await orAborted(evaluating, stopping.signal);
  } finally {
    over.abort();
    await settlesWithin(evaluating, CLEAR_UP_MS).catch(() => undefined);
  }
}

async function evaluate(
  context: TrainerContext,
  { run, checkpoint, pass, views }: JobData<'runs', 'evaluate'>,
  job: JobContext,
  signal: AbortSignal,
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
  const { manifest, weights } = await new CheckpointReader(pipeline.store, run).trained(
    parseSelector(checkpoint),
  );
  await buildEngine(context, spec);
  await engine.call('loadModel', weights);
  const references = batchesOf(passOf(spec, pass, 'val', { epoch: 0, views }));
  const feed = await BatchFeed.open({ ...feedOptions(context, run), references, signal });
  try {
    const sums = await evaluateAll(context, feed, {
      run,
      views,
      checkpoint: manifest.name,
      job,
      total: spec.dataset.val,
    });
    const means = averages(sums) ?? { loss: NaN, top1Error: 1, top5Error: 1 };
    return { run, checkpoint: manifest.name, step: manifest.step, views, count: sums.count, ...means };
  } finally {
    await feed.close();
  }
}

interface Evaluation {
  run: string;
  views: number;
  checkpoint: string;
  job: JobContext;
  total: number;
}

async function evaluateAll(
  context: TrainerContext,
  feed: BatchFeed,
  { run, views, checkpoint, job, total }: Evaluation,
): Promise<Sums> {
  const { engine, log } = context;
  const supply = new Supply();
  let sums = noSums();
  const report = async (): Promise<void> => {
    await supply.hear(context, run);
    await job.progress({ done: sums.count, total, ...supply.read() });
  };
  for (;;) {
    const batch = await supply.next(feed, engine);
    if (batch === undefined) return sums;
    const { lossSum, ...rest } = await engine.call('evaluate', { batch: toEngine(batch), views });
    checkFinite(lossSum, `with ${checkpoint}`, 'Evaluate an earlier checkpoint: --checkpoint STEP.');
    sums = addStep(sums, { ...rest, loss: lossSum / rest.count });
    await report().catch((error: unknown) => log.warn({ run, error }, 'could not report progress'));
  }
}

function parseSelector(text: string): Selector {
  return text === 'latest' || text === 'best' ? text : Number(text);
}
