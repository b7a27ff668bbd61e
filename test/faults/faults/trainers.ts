import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointReader } from '@alexnet/checkpoints';
import { addSecondTrainJob } from '@alexnet/queues/testing';
import { drawMs, seconds, type Fault, type Scene } from '../fault.ts';
import { hasSaid } from '../logs.ts';
import type { Service } from '../service.ts';

const TAKE_OVER_MS = 60_000;

/** A trainer that stands still until another one has its run, then wakes up: it may write nothing more. */
export const trainerFrozen: Fault = {
  name: 'trainer frozen past its lock',
  during: ['training'],
  mayFail: ['RUN_FENCED'],
  async inject(scene) {
    const { testbed, random, work } = scene;
    const { trainer } = testbed;
    const since = Date.now();
    const fence = await fenceOf(scene);
    trainer.signal('SIGSTOP');
    const standIn = await testbed.addTrainer();
    const takenOver = await untilFence(scene, fence + 1);
    const holdMs = drawMs(random, 0, 5);
    return {
      did: `for ${seconds(Date.now() - since + holdMs)}, and another one ${takenOver ? 'took the run over' : 'came'}`,
      holdMs,
      async mend() {
        trainer.signal('SIGCONT');
        await work.until(() => false, TAKE_OVER_MS / 4);
        await testbed.removeTrainer(standIn);
        return await whoLeft([trainer, standIn], since);
      },
    };
  },
};

/** A second trainer, with a second job of the run that the first one trains: only one of them may advance. */
export const secondTrainer: Fault = {
  name: 'second trainer on the run',
  during: ['training'],
  mayFail: ['RUN_FENCED'],
  async inject({ testbed, work, random }) {
    const since = Date.now();
    const second = await testbed.addTrainer();
    await addSecondTrainJob(testbed.pipeline.redis, work.name);
    const holdMs = drawMs(random, 15, 20);
    return {
      did: `for ${seconds(holdMs)}`,
      holdMs,
      async mend() {
        await testbed.removeTrainer(second);
        return await whoLeft([testbed.trainer, second], since);
      },
    };
  },
};

async function whoLeft(trainers: readonly Service[], since: number): Promise<string> {
  const said = await Promise.all(trainers.map(({ logFile }) => hasSaid(logFile, 'RUN_FENCED', since)));
  return said.includes(true) ? 'RUN_FENCED' : 'nobody was fenced';
}

async function fenceOf({ testbed, work }: Scene): Promise<number> {
  const latest = await new CheckpointReader(testbed.pipeline.store, work.name).latestPointer();
  return latest?.value.fence ?? 0;
}

/** Whether somebody claims the run while it goes on. */
async function untilFence(scene: Scene, fence: number): Promise<boolean> {
  for (const deadline = Date.now() + TAKE_OVER_MS; Date.now() < deadline && !scene.work.over;) {
    if ((await fenceOf(scene)) >= fence) return true;
    await sleep(250);
  }
  return false;
}
