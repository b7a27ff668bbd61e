import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requestEvaluation, type EvaluationResult, type Pipeline } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

interface Outcome {
  result: EvaluationResult;
  report: string;
}

let pipeline: TestPipeline;
let library: Pipeline;
let undisturbed: Outcome;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  library = await pipeline.library();
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 8, val: 5 });
  const services = await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
  await pipeline.json(
    ...['train', '--dataset', 'shapes', '--run', 'r', '--profile', 'demo', '--follow'],
    ...assignments({ 'net.width': 0.1, batchSize: 30, sliceSize: 10, epochs: 1 }),
  );
  undisturbed = await outcomeOf(evaluate());
  await Promise.all(services.map((service) => service.stop()));
});
afterAll(() => pipeline.close());

function evaluate(): Promise<EvaluationResult> {
  const signal = new AbortController().signal;
  const ignore = (): void => undefined;
  return requestEvaluation(
    library,
    'r',
    { checkpoint: 'latest', views: 10 },
    { signal, onProgress: ignore, onWait: ignore },
  );
}

/** The report is deleted, so that the next evaluation must write it. */
async function outcomeOf(evaluation: Promise<EvaluationResult>): Promise<Outcome> {
  const result = await evaluation;
  const key = result.report ?? '';
  const report = (await library.store.get(key)).toString();
  await library.store.delete(key);
  return { result, report };
}

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'gives the same result and the same report when its trainer gets %s on the way',
  async (signal) => {
    const victim = await pipeline.trainer();
    const evaluation = evaluate();
    // Without a worker it waits for its first batch.
    await expect.poll(async () => (await library.queues.activeRuns()).length).toBe(1);
    process.kill(victim.pid, signal);
    await victim.exited;
    const successors = await Promise.all([pipeline.worker(), pipeline.trainer()]);
    expect(await outcomeOf(evaluation)).toEqual(undisturbed);
    await Promise.all(successors.map((service) => service.stop()));
  },
);
