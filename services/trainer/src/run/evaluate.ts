import { BatchFeed, batchesOf, type Batch } from '@alexnet/batches';
import { CheckpointReader, type Selector } from '@alexnet/checkpoints';
import { AlexnetError, onAbort, orAborted, settlesWithin } from '@alexnet/core';
import { openSamples } from '@alexnet/datasets';
import {
  keepEvaluation,
  openConfiguredShards,
  passOf,
  readDatasetOf,
  readRunSpec,
  type EvaluationReport,
  type EvaluationResult,
  type Pipeline,
  type RunSpec,
} from '@alexnet/pipeline';
import { RequeueJob, type JobContext, type JobData } from '@alexnet/queues';
import type { Work } from '@alexnet/telemetry';
import { ClassTally, type ClassFigures } from './class-tally.ts';
import { buildEngine, toEngineBatch } from './build-engine.ts';
import { feedOptions, type TrainerContext } from './trainer-context.ts';
import { addStep, averages, checkFinite, emptySums, type MetricSums } from './metric-sums.ts';
import { InputMonitor } from './input-monitor.ts';
import { inBatchTrace } from './traced-batch.ts';

/** For an evaluation that is given back, to take back what it has asked for. */
const CLEAR_UP_MS = 5_000;

/**
 * Evaluates a checkpoint on the whole validation split, in one centre view an image or in ten whose softmax outputs are
 * averaged (paper §4.1), and keeps a report of it in the store.
 * @throws CHECKPOINT_NOT_FOUND; RUN_NOT_FOUND, also for a run that is removed meanwhile; DATASET_EMPTY for a dataset without validation images; LOSS_NOT_FINITE; RequeueJob on
 *   shutdown
 */
export async function evaluateCheckpoint(
  context: TrainerContext,
  request: JobData<'runs', 'evaluate'>,
  job: JobContext,
): Promise<EvaluationResult> {
  const { engine } = context;
  const work = context.work.begin(`evaluation of run ${request.run}`);
  const over = new AbortController();
  const stopping = new AbortController();
  onAbort(job.signal, () => stopping.abort(new RequeueJob()), over.signal);
  onAbort(engine.died, () => stopping.abort(engine.died.reason), over.signal);
  const evaluating = evaluate(context, request, { job, work, signal: stopping.signal });
  try {
    return await orAborted(evaluating, stopping.signal);
  } finally {
    over.abort();
    work.end();
    await settlesWithin(evaluating, CLEAR_UP_MS).catch(() => undefined);
  }
}

async function evaluate(
  context: TrainerContext,
  { run, checkpoint, pass, views }: JobData<'runs', 'evaluate'>,
  { job, work, signal }: { job: JobContext; work: Work; signal: AbortSignal },
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
    const tally = new ClassTally(spec.dataset.classes.length);
    const sums = await evaluateAll(context, feed, {
      run,
      views,
      checkpoint: manifest.name,
      job,
      work,
      total: spec.dataset.val,
      tally,
    });
    const means = averages(sums) ?? { loss: NaN, top1Error: 1, top5Error: 1 };
    const result = {
      ...{ run, checkpoint: manifest.name, step: manifest.step, views, count: sums.count },
      ...means,
    };
    const named = await withNames(pipeline, spec, tally.figures());
    return {
      ...result,
      report: await keepEvaluation(pipeline.store, spec, { version: 1, ...result, ...named }),
    };
  } finally {
    await feed.close();
  }
}

/** The names of the files that were classified wrongly are in the indexes of their shards. */
async function withNames(
  { config, store }: Pick<Pipeline, 'config' | 'store'>,
  spec: RunSpec,
  { mistakes, ...figures }: ClassFigures,
): Promise<Pick<EvaluationReport, 'perClass' | 'confusions' | 'confusionsLeftOut' | 'mistakes'>> {
  const reader = openConfiguredShards(config, store);
  try {
    const ids = mistakes.map(({ id }) => id);
    const samples = await openSamples(reader, await readDatasetOf(store, spec), 'val', ids);
    return { ...figures, mistakes: mistakes.map((each, i) => ({ ...each, name: samples[i]?.name ?? '' })) };
  } finally {
    await reader.close();
  }
}

interface Evaluation {
  run: string;
  views: number;
  checkpoint: string;
  job: JobContext;
  work: Work;
  total: number;
  /** Counts every image. */
  tally: ClassTally;
}

async function evaluateAll(
  context: TrainerContext,
  feed: BatchFeed,
  { run, views, checkpoint, job, work, total, tally }: Evaluation,
): Promise<MetricSums> {
  const { engine, log } = context;
  const input = new InputMonitor();
  let sums = emptySums();
  const report = async (): Promise<void> => {
    await input.refreshWorkers(context, run);
    await job.progress({ done: sums.count, total, ...input.read() });
  };
  for (;;) {
    const batch = await input.next(feed, engine);
    if (batch === undefined) return sums;
    work.advanced();
    const classification = await inBatchTrace(batch, 'evaluation', { 'alexnet.views': views }, () =>
      engine.call('classify', { batch: toEngineBatch(batch), views }),
    );
    const { lossSum, count } = classification;
    checkFinite(lossSum, `with ${checkpoint}`, 'Evaluate an earlier checkpoint: --checkpoint STEP.');
    sums = addStep(sums, { ...classification, loss: lossSum / count });
    tally.add(classification, samplesOf(batch, views));
    await report().catch((error: unknown) => log.warn({ run, error }, 'could not report progress'));
  }
}

/** Ids of a batch's images, each of which is there once for each view. */
const samplesOf = ({ slices }: Batch, views: number): number[] =>
  slices.flatMap(({ samples }) => [...samples]).filter((_, row) => row % views === 0);

function parseSelector(text: string): Selector {
  return text === 'latest' || text === 'best' ? text : Number(text);
}
