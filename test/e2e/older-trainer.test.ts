import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '@alexnet/core';
import { makeDataset } from '@alexnet/datasets/testing';
import { consume, type Consumer } from '@alexnet/queues';
import { drawShapes } from '../support/pictures.ts';
import { TestPipeline } from '../support/pipeline.ts';
import { addRun, saveCheckpoints } from '../support/saved-run.ts';

let pipeline: TestPipeline;
let trainer: Consumer;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  const library = await pipeline.library();
  const source = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 3, val: 1 });
  const spec = { name: 'd', source, valFraction: 0, seed: 1, shardSize: 8, side: 256 };
  await makeDataset(library.store, spec);
  await addRun(library, 'r');
  await saveCheckpoints(library, 'r');
  const checkpoint = { checkpoint: 'step-00000006-1', step: 6 };
  // What trainers returned before they measured each class.
  const measured = { count: 3, loss: 1, top1Error: 0.5, top5Error: 0 };
  trainer = consume(
    'runs',
    {
      train: () => Promise.resolve(undefined),
      evaluate: ({ run, views }) => Promise.resolve({ run, views, ...checkpoint, ...measured }),
    },
    { redis: library.redis, concurrency: 1, log: createLogger('test', 'silent') },
  );
});
afterAll(async () => {
  await trainer.close();
  await pipeline.close();
});

it('says that a trainer is of an earlier version where it does not measure each class', async () => {
  const { code, stdout, stderr } = await pipeline.alexnet(['evaluate', '--run', 'r', '--json']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('The trainer is of an earlier version')]);
  expect(JSON.parse(stdout)).toMatchObject({ count: 3, top1Error: 0.5, classes: null, mistakes: null });
  const text = await pipeline.alexnet(['evaluate', '--run', 'r']);
  expect(text.stdout).toContain('50.0 % error');
  expect(text.stdout).not.toContain('class');
  expect(await pipeline.json('run', 'show', 'r')).toMatchObject({ evaluations: [] });
});
