import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KEEP_FREED_MEMORY, startProcess } from '@alexnet/local';
import { resolveProfile, type Profile } from '@alexnet/model';
import { removeRun, showRun, startRun, type Pipeline } from '@alexnet/pipeline';
import { startNode } from '../child.ts';
import type { Round, Stage } from '../stage.ts';
import { DATASET, makeRecords } from './records.ts';
import { startPipeline } from './workers.ts';

const PIPELINE = 'whole pipeline';
const SAVING = 'whole pipeline, a checkpoint every 20 steps';
const STEP = 'the step alone';
const WAITING = 'waiting for data, % of the time';

/** Steps before the first that counts: buffers fill, and TensorFlow makes its plans. */
const WARM_UP = 5;
const COUNTED = 20;
const NEVER = 1_000_000;

/** Redis, workers, a trainer and checkpoints together on all cores, beside a step that has its batch in memory. */
export const endToEnd: Stage = {
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
    const trainer = await startProcess({
      name: 'trainer',
      command: process.execPath,
      args: [createRequire(import.meta.url).resolve('@alexnet/trainer/main'), '--device', 'cpu'],
      env: environment,
      logFile: path.join(folder, 'trainer.log'),
    });
    const profile = (checkpointEvery: number): Profile =>
      resolveProfile('paper', [...settings, 'epochs=1', `checkpointEvery=${checkpointEvery}`]);
    const step = await startNode(
      'all',
      new URL('step-ours.ts', import.meta.url),
      [small ? '0.5' : '6', 'float32', '2', '14', small ? '32' : '128', small ? '0.25' : '1'],
      KEEP_FREED_MEMORY,
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
  const ended = await reach(pipeline, run, WARM_UP + COUNTED);
  while ((await showRun(pipeline, run)).status !== 'done') await sleep(100);
  await removeRun(pipeline, run);
  const rate = ((ended.step - began.step) * profile.batchSize) / (ended.at - began.at);
  return { rate, figures: { [WAITING]: ended.waiting * 100 } };
}

/** The moment, in seconds, at which a run was seen to have reached a step. */
async function reach(
  pipeline: Pipeline,
  run: string,
  wanted: number,
): Promise<{ step: number; at: number; waiting: number }> {
  for (;;) {
    const { status, progress, error } = await showRun(pipeline, run);
    if (status === 'failed') throw new Error(`${run} failed: ${error?.message ?? ''}`);
    const step = progress?.step ?? 0;
    if (step >= wanted) {
      return { step, at: performance.now() / 1000, waiting: progress?.dataWaitFraction ?? 0 };
    }
    if (status === 'done') throw new Error(`${run} ended before step ${wanted}`);
    await sleep(50);
  }
}
