/** Settings that change when a run ends and how fast it learns, through real processes. */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

/** A rate that changes no weight: the validation error stays as it is. */
const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 12, epochs: 9 }),
  ...assignments({ 'optimizer.learningRate': 1e-12, 'schedule.kind': 'cosine' }),
  ...assignments({ 'earlyStop.patience': 2 }),
];

interface Summary {
  status: string;
  epoch: number;
  earlyEnd: { reason: string; epochs: number; of: number; bestEpoch: number } | null;
  history: { learningRate: number }[];
}

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 8, val: 4 });
  const trainOnly = path.join(pipeline.folder, 'train-only');
  await cp(path.join(pictures, 'train'), trainOnly, { recursive: true });
  await pipeline.worker();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
  const unvalidated = ['--name', 'unvalidated', '--val-fraction', '0'];
  await pipeline.json('dataset', 'add', trainOnly, ...unvalidated, '--follow');
  await pipeline.trainer();
});
afterAll(() => pipeline.close());

it('ends a run that no longer improves, says why, and does not go on from there', async () => {
  const run = await pipeline.json<Summary>('train', '--dataset', 'shapes', '--run', 'r', ...HOW, '--follow');
  const earlyEnd = { reason: 'earlyStop', epochs: 3, of: 9, bestEpoch: 1 };
  expect(run).toMatchObject({ status: 'done', epoch: 3, earlyEnd });
  const rates = run.history.map(({ learningRate }) => learningRate);
  // Two steps in each epoch: those recorded are of steps 1, 3 and 5 of 18.
  for (const [epoch, step] of [1, 3, 5].entries())
    expect((rates[epoch] ?? NaN) * 1e12).toBeCloseTo((1 + Math.cos((Math.PI * step) / 18)) / 2, 12);
  const resumed = await pipeline.alexnet(['run', 'resume', 'r']);
  expect(resumed.stderr).toContain('RUN_FINISHED');
});

it('refuses to end a run early by the error of validation images that there are not', async () => {
  for (const more of [[], ['--dry-run']]) {
    const { code, stderr } = await pipeline.alexnet(['train', '--dataset', 'unvalidated', ...HOW, ...more]);
    expect(code).toBe(2);
    expect(stderr).toContain('CONFIG_INVALID');
    expect(stderr).toContain('--set earlyStop=off');
  }
});
