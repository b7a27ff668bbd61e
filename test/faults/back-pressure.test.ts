import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunProgress, startRun } from '@alexnet/pipeline';
import { runJobId } from '@alexnet/queues';
import { openRedis, type Redis } from '@alexnet/redis';
import { drawShapes } from '../support/pictures.ts';
import { Chronicle } from './chronicle.ts';
import { datasetSpec, ingest } from './ingest.ts';
import { KEEP, profileOf, SEED } from './profile.ts';
import { suiteCanRun } from './programs.ts';
import { startTestbed, type Testbed } from './testbed.ts';
import { DATASET } from './training.ts';
import { Work } from './work.ts';

const MiB = 1024 ** 2;
const WORKERS = 4;
const WINDOW_BYTES = 64 * MiB;
/** Of four images, as in the profile. */
const SLICE_BYTES = 4 * 154_607 + 32;
const BATCH_BYTES = 3 * SLICE_BYTES;
/** The server's own: buffers of its connections, and what its allocator keeps. */
const SLACK_BYTES = 64 * MiB;
const STOPPED_MS = 60_000;
const SAMPLE_MS = 100;
const RUN = 'stopped';

describe.skipIf(!suiteCanRun)('while the trainer of a run stands still', () => {
  it('Redis holds the window and a slice of each worker', async () => {
    const print = (line: string): void => console.log(line);
    const testbed = await startTestbed({ workers: WORKERS, windowBytes: WINDOW_BYTES, note: print });
    const redis = await openRedis(testbed.slices.url);
    try {
      const before = await usedMemory(redis);
      await startTraining(testbed, new Chronicle(print));
      await waitForStep(testbed, 1);
      testbed.trainer.signal('SIGSTOP');
      const peak = (await peakMemory(redis)) - before;
      print(`${WORKERS} workers, window ${WINDOW_BYTES} bytes: at most ${peak} bytes more than before`);
      expect(peak).toBeLessThanOrEqual(WINDOW_BYTES + WORKERS * SLICE_BYTES + SLACK_BYTES);
      // Else something else than the window would have held the workers back.
      expect(peak).toBeGreaterThan(WINDOW_BYTES - BATCH_BYTES);
    } finally {
      redis.disconnect();
      await testbed.close();
    }
  });
});

async function startTraining(testbed: Testbed, chronicle: Chronicle): Promise<void> {
  const { pipeline } = testbed;
  const pictures = await drawShapes(path.join(testbed.folder, 'few'), { train: 32, val: 6 });
  await testbed.startServices();
  await ingest(pipeline, new Work('ingest', DATASET), datasetSpec(DATASET, pictures, 48), chronicle);
  await startRun(pipeline, { dataset: DATASET, run: RUN, profile: profileOf(40), seed: SEED, keep: KEEP });
}

async function waitForStep({ pipeline }: Testbed, step: number): Promise<void> {
  for (;;) {
    const { progress } = await pipeline.queues.report('runs', runJobId(RUN));
    if ((RunProgress.safeParse(progress).data?.step ?? 0) >= step) return;
    await sleep(SAMPLE_MS);
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

async function peakMemory(redis: Redis): Promise<number> {
  let peak = 0;
  for (const end = Date.now() + STOPPED_MS; Date.now() < end;) {
    peak = Math.max(peak, await usedMemory(redis));
    await sleep(SAMPLE_MS);
  }
  return peak;
}
