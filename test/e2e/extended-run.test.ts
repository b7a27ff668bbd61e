import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Audit } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { SMALL, TestPipeline } from '../support/pipeline.ts';

interface Shown {
  status: string;
  epoch: number;
  step: number;
  digest: string;
  sections: { epochs: number; digest: string }[];
  history: { epoch: number; learningRate: number }[];
}

const RUN = 'extended';

let pipeline: TestPipeline;
let finished: Shown;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 8, val: 2 });
  await pipeline.worker();
  await pipeline.trainer();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
  finished = await pipeline.json<Shown>(
    'train',
    '--dataset',
    'shapes',
    '--run',
    RUN,
    ...SMALL,
    '--epochs',
    '2',
    '--follow',
  );
});
afterAll(() => pipeline.close());

const audit = (): Promise<Audit> => pipeline.json('audit', '--run', RUN);

it('continues after its end, as a section with a digest chain of its own', async () => {
  const extended = await pipeline.json<Shown>(
    ...['run', 'resume', RUN, '--epochs', '4', '--learning-rate', '0.002', '--follow'],
  );
  expect(extended).toMatchObject({
    ...{ status: 'done', epoch: 4, step: 2 * finished.step },
    sections: [{ epochs: 2, digest: finished.digest }],
  });
  expect(extended.digest).not.toBe(finished.digest);
  expect(extended.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  expect(extended.history[2]?.learningRate).toBe(0.002);
  const { ok, digest, sections, epochs } = await audit();
  expect({ ok, digest, epochs: epochs.length }).toEqual({ ok: true, digest: extended.digest, epochs: 4 });
  expect(sections).toEqual([
    { step: finished.step, digest: finished.digest, recordedDigest: finished.digest },
  ]);
  const { stdout } = await pipeline.alexnet(['run', 'show', RUN]);
  expect(stdout).toMatch(/extended +after epoch 2, digest [0-9a-f]{64}/);
});

it('is evaluated like any other run', async () => {
  expect(await pipeline.json('evaluate', '--run', RUN)).toMatchObject({ run: RUN, step: 2 * finished.step });
});

it('refuses what would change its data, and what it has made already', async () => {
  const refused = async (...options: string[]): Promise<string> =>
    (await pipeline.alexnet(['run', 'resume', RUN, ...options])).stderr;
  expect(await refused()).toMatch(/RUN_FINISHED[^]*--epochs/);
  expect(await refused('--epochs', '4')).toMatch(/CONFIG_INVALID[^]*epochs above 4/);
  expect(await refused('--epochs', '9', '--set', 'batchSize=3')).toMatch(/CONFIG_INVALID[^]*batchSize/);
  expect(await refused('--epochs', '9', '--checkpoint', 'best')).toMatch(/cannot be used with/);
});

it('is as it was before when it is rewound into its first section', async () => {
  const step = finished.step / 2;
  const again = await pipeline.json<Shown>('run', 'resume', RUN, '--checkpoint', String(step), '--follow');
  expect(again).toMatchObject({ status: 'done', epoch: 2, digest: finished.digest, sections: [] });
  expect((await audit()).ok).toBe(true);
});
