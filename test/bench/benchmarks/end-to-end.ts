import { KEEP_FREED_MEMORY_WHILE_TRAINING } from '@alexnet/local';
import { resolveProfile, type Profile } from '@alexnet/model';
import { removeRun, startRun, type Pipeline } from '@alexnet/pipeline';
import { startNode } from '../child.ts';
import type { Round, Benchmark } from '../benchmark.ts';
import { ended, reach } from './reach.ts';
import { DATASET, makeRecords } from './records.ts';
import { startPipeline, startTrainer } from './workers.ts';

const PIPELINE = 'whole pipeline';
const SAVING = 'whole pipeline, a checkpoint every 20 steps';
const STEP = 'the step alone';
const WAITING = 'waiting for data, % of the time';

/** Steps before the first that counts: buffers fill, and TensorFlow makes its plans. */
const WARM_UP = 5;
const COUNTED = 20;
const NEVER = 1_000_000;

/** Redis, workers, a trainer and checkpoints together on all cores, beside a step that has its batch in memory. */
export const endToEnd: Benchmark = {
  name: 'end-to-end',
  title: 'AlexNet trained through the whole pipeline, two workers, profile paper',
  unit: 'images/s',
  claims: [
    { ours: PIPELINE, against: STEP, atLeast: 0.95 },
    { ours: SAVING, against: PIPELINE, atLeast: 0.97 },
    { ours: PIPELINE, figure: WAITING, atMost: 2 },
    { ours: SAVING, figure: WAITING, atMost: 2 },
  ],
  async open({ small, folder, photographs }) {
    const settings = small ? ['net.width=0.25', 'batchSize=32'] : [];
    const { storeUrl } = await makeRecords(folder, await photographs(), small ? 4 : 14);
    const { pipeline, environment } = await startPipeline({
      storeUrl,
      folder,
      workers: 2,
      workerCores: undefined,
    });
    const trainer = await startTrainer(environment, folder);
    const profile = (checkpointEvery: number): Profile =>
      resolveProfile('paper', [...settings, 'epochs=1', `checkpointEvery=${checkpointEvery}`]);
    const step = await startNode(
      'all',
      new URL('step-ours.ts', import.meta.url),
      [small ? '0.5' : '6', 'float32', '2', '14', small ? '32' : '128', small ? '0.25' : '1'],
      KEEP_FREED_MEMORY_WHILE_TRAINING,
    );
    return {
      contenders: [
        { name: PIPELINE, role: 'ours', measure: () => trainOnce(pipeline, profile(NEVER)) },
        { name: SAVING, role: 'ours', measure: () => trainOnce(pipeline, profile(COUNTED)) },
        { name: STEP, role: 'limit', measure: () => step.measure() },
      ],
      close: async () => {
        await step.close();
        await trainer.stop();
        await pipeline.lifecycle.close();
      },
    };
  },
};

let runs = 0;

/** Trains one epoch and says how fast the steps that count were, and what share of the time waited for data. */
async function trainOnce(pipeline: Pipeline, profile: Profile): Promise<Round> {
  const run = `bench-${++runs}`;
  await startRun(pipeline, { dataset: DATASET, run, profile, seed: 1, keep: 1 });
  const began = await reach(pipeline, run, WARM_UP);
  const counted = await reach(pipeline, run, WARM_UP + COUNTED);
  await ended(pipeline, run);
  await removeRun(pipeline, run);
  const rate = ((counted.step - began.step) * profile.batchSize) / (counted.at - began.at);
  return { rate, figures: { [WAITING]: counted.waiting * 100 } };
}
