import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StepRecord } from '@alexnet/checkpoints';
import { stepRecord } from '@alexnet/checkpoints/testing';
import { RunHistory, type Pipeline } from '@alexnet/pipeline';
import { LiveSteps } from '@alexnet/queues';
import { LivePublisher } from '@alexnet/trainer/testing';
import { addRun, openPlace, saveCheckpoints, type Place } from '../support/saved-run.ts';

let place: Place;
let pipeline: Pipeline;
let live: LiveSteps;

/** Its checkpoint has the steps 0 to 5. */
const RUN = 'r';

beforeAll(async () => {
  place = await openPlace();
  ({ pipeline } = place);
  live = new LiveSteps(pipeline.redis);
  await addRun(pipeline, RUN);
  await saveCheckpoints(pipeline, RUN);
});
beforeEach(() => place.reset());
afterAll(() => place.close());

const recordsOf = (from: number, to: number): StepRecord[] =>
  Array.from({ length: to - from }, (_, i) => stepRecord(from + i));

const publisher = (fence = 1): LivePublisher => new LivePublisher(live, RUN, fence);
const stepsSaid = async (): Promise<number[]> =>
  (await live.read(RUN)).flatMap(({ steps }) => steps.map(({ step }) => step));
/** The steps of the whole history, those of the checkpoint included. */
async function stepsRecorded(): Promise<number[]> {
  const { fromStep } = await (
    await RunHistory.open({ store: pipeline.store, live }, RUN)
  ).series({ points: 1000 });
  return fromStep;
}

describe('steps since the newest checkpoint', () => {
  it('follow those that it has', async () => {
    const trainer = publisher();
    trainer.add(recordsOf(6, 9));
    await trainer.publish(6);
    trainer.add(recordsOf(9, 11));
    await trainer.publish(6);
    expect(await stepsRecorded()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('are said no longer when a checkpoint has them', async () => {
    const trainer = publisher();
    for (const step of [6, 7, 8]) {
      trainer.add(recordsOf(step, step + 1));
      await trainer.publish(6);
    }
    await trainer.publish(8);
    expect(await stepsSaid()).toEqual([8]);
  });

  it('are said again when Redis was emptied', async () => {
    const trainer = publisher();
    trainer.add(recordsOf(6, 9));
    await trainer.publish(6);
    await pipeline.redis.flushall();
    trainer.add(recordsOf(9, 10));
    await trainer.publish(6);
    await trainer.publish(6);
    expect(await stepsSaid()).toEqual([6, 7, 8, 9]);
  });

  it('are those of the trainer that holds the run, not of one that lost it', async () => {
    const [lost, holder] = [publisher(1), publisher(2)];
    lost.add(recordsOf(6, 20));
    await lost.publish(6);
    holder.add(recordsOf(6, 8));
    await holder.publish(6);
    lost.add(recordsOf(20, 30));
    await lost.publish(6);
    expect(await stepsRecorded()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('go with their lease when a trainer dies, and stay while it lives', async () => {
    const trainer = publisher();
    trainer.add(recordsOf(6, 7));
    await trainer.publish(6);
    const key = `alexnet:live:${RUN}`;
    expect(await pipeline.redis.ttl(key)).toBeGreaterThan(100);
    await pipeline.redis.expire(key, 5);
    await trainer.publish(6);
    expect(await pipeline.redis.ttl(key)).toBeGreaterThan(100);
  });

  it('are read without entries of another format', async () => {
    await pipeline.redis.xadd(`alexnet:live:${RUN}`, '*', 'fence', '1', 'steps', '{');
    await pipeline.redis.xadd(`alexnet:live:${RUN}`, '*', 'other', '1');
    const trainer = publisher();
    trainer.add(recordsOf(6, 7));
    await trainer.publish(6);
    expect(await stepsSaid()).toEqual([6]);
  });
});
