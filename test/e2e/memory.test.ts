import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

const MiB = 1024 ** 2;
/** Allocators give memory back late. A leak of one batch of pixels (0.6 MB) a step would be 150 MiB in 250 steps. */
const MOST_GROWTH = 32 * MiB;

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
});
afterAll(() => pipeline.close());

it("keeps the trainer's memory and tensors as they are over 300 steps", async () => {
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 0 });
  await pipeline.worker();
  await pipeline.trainer();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
  const settings = {
    'net.width': 0.1,
    batchSize: 4,
    sliceSize: 4,
    epochs: 17,
    checkpointEvery: 1000,
    readLossEvery: 1,
  };
  await pipeline.json(
    'train',
    '--dataset',
    'shapes',
    '--run',
    'long',
    '--profile',
    'demo',
    ...assignments(settings),
  );
  const samples = new Map<number, { rssBytes: number; tensors: number }>();
  await pipeline.until('long', ({ status, progress }) => {
    if (progress !== null && progress.step > 0) samples.set(progress.step, progress);
    return status === 'done';
  });
  const steps = [...samples.keys()];
  const settled = [...samples].filter(([step]) => step >= 100);
  expect(Math.max(...steps)).toBe(408);
  const [first] = settled;
  const last = settled.at(-1);
  expect((last?.[0] ?? 0) - (first?.[0] ?? 0)).toBeGreaterThanOrEqual(250);
  expect(new Set(settled.map(([, { tensors }]) => tensors)).size).toBe(1);
  expect((last?.[1].rssBytes ?? Infinity) - (first?.[1].rssBytes ?? 0)).toBeLessThan(MOST_GROWTH);
});
