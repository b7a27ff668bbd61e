import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, hasCode } from '@alexnet/core';
import { resumeRun, stopRun } from '@alexnet/pipeline';
import { runJobId } from '@alexnet/queues';
import { drawMs, seconds, type Fault, type Scene } from '../fault.ts';

const STOPS_MS = 60_000;
const POLL_MS = 100;

/** A trainer takes a run up while the Redis of the slices is away. */
export const feedOpensWithoutRedis: Fault = {
  name: 'Redis of the slices down while a feed opens',
  during: ['training'],
  mayFail: [],
  async inject(scene) {
    const { testbed, work, random } = scene;
    const over = { did: 'the run was over', holdMs: 0, mend: () => Promise.resolve(undefined) };
    if (!(await unless('RUN_INACTIVE', stopRun(testbed.pipeline, work.name)))) return over;
    await untilStopped(scene);
    if (work.over) return over;
    const holdMs = drawMs(random, 3, 8);
    await testbed.slices.kill();
    await unless('RUN_FINISHED', resumeRun(testbed.pipeline, work.name));
    return {
      did: `for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await testbed.slices.restart();
        return undefined;
      },
    };
  },
};

/** Waits for something. Returns false where it failed with a code that says that the run has ended meanwhile. */
async function unless(code: ErrorCode, done: Promise<unknown>): Promise<boolean> {
  try {
    await done;
    return true;
  } catch (error) {
    if (hasCode(error, code)) return false;
    throw error;
  }
}

async function untilStopped({ testbed, work }: Scene): Promise<void> {
  for (const deadline = Date.now() + STOPS_MS; Date.now() < deadline && !work.over;) {
    const { state } = await testbed.pipeline.queues.report('runs', runJobId(work.name));
    if (state !== 'active' && state !== 'waiting') return;
    await sleep(POLL_MS);
  }
  if (!work.over) throw new Error(`${work.name} does not stop within ${seconds(STOPS_MS)}`);
}
