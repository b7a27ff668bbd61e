import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { AlexnetError, createLogger, loadConfig } from '@alexnet/core';
import {
  listRuns,
  openReading,
  readRunSpec,
  removeDataset,
  removeRun,
  resumeRun,
  showRun,
  showRuns,
  startRun,
  stopRun,
  type Pipeline,
} from '@alexnet/pipeline';
import { consume, runJobId, type Consumer, type JobContext } from '@alexnet/queues';
import { addRun, openPlace, progressAt, saveCheckpoints, type Place } from '../support/saved-run.ts';

const log = createLogger('test', 'silent');
const RUN = 'r';
const nobodyMakesIt = (): Promise<string[]> => Promise.resolve([]);

let place: Place;
let pipeline: Pipeline;
let trainer: Consumer | undefined;

beforeAll(async () => {
  place = await openPlace();
  ({ pipeline } = place);
  await addRun(pipeline, RUN);
});
beforeEach(() => place.reset());
afterEach(async () => {
  await trainer?.close();
  trainer = undefined;
});
afterAll(() => place.close());

const stateOf = async (): Promise<string> => (await pipeline.queues.report('runs', runJobId(RUN))).state;

/** A trainer that does this with its job. */
function train(handler: (job: JobContext) => Promise<object | undefined>): void {
  trainer = consume(
    'runs',
    { train: (_, job) => handler(job), evaluate: () => Promise.resolve(undefined) },
    { redis: pipeline.redis, concurrency: 1, log },
  );
}

async function fail(code: 'RUN_FENCED' | 'SLICE_FAILED'): Promise<void> {
  await pipeline.queues.train(RUN);
  train(async (job) => {
    await job.progress(progressAt(3));
    throw new AlexnetError(code, { expected: 'a', actual: 'b', remedy: 'c' });
  });
  await expect.poll(stateOf).toBe('failed');
}

describe('how a run stands', () => {
  it('is done where its newest checkpoint is the end, whatever an old job says', async () => {
    await saveCheckpoints(pipeline, RUN, { finished: true });
    await fail('RUN_FENCED');
    const { digest, name } = await new CheckpointReader(pipeline.store, RUN).manifest('latest');
    expect(await showRun(pipeline, RUN)).toMatchObject({
      status: 'done',
      error: null,
      progress: { step: 6, digest, checkpoint: name },
    });
  });

  it('is failed with the step and the digest of its newest checkpoint', async () => {
    await saveCheckpoints(pipeline, RUN);
    await fail('SLICE_FAILED');
    const { digest, name } = await new CheckpointReader(pipeline.store, RUN).manifest('latest');
    expect(await showRun(pipeline, RUN)).toMatchObject({
      status: 'failed',
      error: { code: 'SLICE_FAILED' },
      progress: { step: 6, digest, checkpoint: name },
    });
  });

  it('is seen without Redis, and nothing is written for it', async () => {
    await saveCheckpoints(pipeline, RUN, { finished: true });
    const objects = async (): Promise<unknown[]> => {
      const found = [];
      for await (const { key } of pipeline.store.list('')) found.push(await pipeline.store.head(key));
      return found;
    };
    const before = await objects();
    const config = loadConfig({ ...place.environment, REDIS_URL: 'redis://127.0.0.1:1' });
    const reading = await openReading(config);
    const writes: string[] = [];
    for (const method of ['put', 'putStream', 'delete', 'check'] as const)
      Object.assign(reading.store, { [method]: () => writes.push(method) });
    try {
      expect(reading.redisError).toMatchObject({ code: 'REDIS_UNREACHABLE' });
      expect(await showRun(reading, RUN)).toMatchObject({ status: 'done', progress: { step: 6 } });
      expect(await showRuns(reading)).toMatchObject([{ run: RUN, status: 'done' }]);
    } finally {
      await reading.lifecycle.close();
    }
    expect([writes, await objects()]).toEqual([[], before]);
  });
});

describe('a run with a damaged spec', () => {
  const spoil = (text: string): Promise<unknown> =>
    pipeline.store.put(`runs/${RUN}/run.json`, Buffer.from(text));

  it('is listed as damaged beside the others', async () => {
    await addRun(pipeline, 'other');
    await spoil('{');
    expect(await showRuns(pipeline)).toMatchObject([
      { run: 'other', status: 'stopped' },
      { run: RUN, status: 'damaged', error: { code: 'FORMAT_INVALID' } },
    ]);
  });

  it.each(['', '{', '{"dataset":{"name":"e"}}'])('%j does not keep dataset d', async (text) => {
    await spoil(text);
    expect(await removeDataset(pipeline, 'd', nobodyMakesIt)).toEqual({ damagedRuns: [RUN] });
  });

  it.each(['{"dataset": {"name": "d", ', '{"dataset":{"name":"d"}}'])('%j keeps dataset d', async (text) => {
    await spoil(text);
    await expect(removeDataset(pipeline, 'd', nobodyMakesIt)).rejects.toMatchObject({
      code: 'DATASET_IN_USE',
    });
  });

  it('can be removed', async () => {
    await spoil('');
    await removeRun(pipeline, RUN);
    expect(await listRuns(pipeline.store)).toEqual([]);
  });
});

it('the remains of a run whose removal was cut off are no run, and are removed by doing it again', async () => {
  await saveCheckpoints(pipeline, RUN);
  const { profile } = await readRunSpec(pipeline.store, RUN);
  await pipeline.store.delete(`runs/${RUN}/run.json`);
  expect(await listRuns(pipeline.store)).toEqual([]);
  const again = { dataset: 'd', run: RUN, profile, seed: 1, keep: 5 };
  await expect(startRun(pipeline, again)).rejects.toMatchObject({ code: 'RUN_EXISTS' });
  await removeRun(pipeline, RUN);
  await startRun(pipeline, again);
  expect(await new CheckpointReader(pipeline.store, RUN).latest()).toBeUndefined();
});

describe('stopping a run', () => {
  it('takes it out of the queue', async () => {
    await pipeline.queues.train(RUN);
    expect(await stopRun(pipeline, RUN)).toBe('stopped');
    expect([await stateOf(), await pipeline.control.stopRequested(RUN)]).toEqual(['absent', false]);
  });

  it('asks the trainer that has it', async () => {
    await pipeline.queues.train(RUN);
    let end: () => void = () => undefined;
    train(
      () =>
        new Promise<undefined>(
          (resolve) =>
            (end = () => {
              resolve(undefined);
            }),
        ),
    );
    await expect.poll(stateOf).toBe('active');
    expect(await stopRun(pipeline, RUN)).toBe('stopping');
    expect(await pipeline.control.stopRequested(RUN)).toBe(true);
    end();
  });

  it('is refused where it has ended, failed or never begun', async () => {
    const refused = { code: 'RUN_INACTIVE' };
    await expect(stopRun(pipeline, RUN)).rejects.toMatchObject(refused);
    await fail('SLICE_FAILED');
    await expect(stopRun(pipeline, RUN)).rejects.toMatchObject(refused);
    expect(await stateOf()).toBe('failed');
    await expect(stopRun(pipeline, 'none')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it.each([
    ['by itself', true],
    ['as it was asked to', false],
  ])('is told of a run that ends %s while it is asked', async (_, finished) => {
    await pipeline.queues.train(RUN);
    let end: () => void = () => undefined;
    train(
      () =>
        new Promise<undefined>(
          (resolve) =>
            (end = () => {
              resolve(undefined);
            }),
        ),
    );
    await expect.poll(stateOf).toBe('active');
    await saveCheckpoints(pipeline, RUN, { finished });
    const { control } = pipeline;
    const ending = Object.assign(Object.create(control) as typeof control, {
      stopRequested: control.stopRequested.bind(control),
      clear: control.clear.bind(control),
      async requestStop(run: string) {
        await control.requestStop(run);
        end();
        await expect.poll(stateOf).toBe('completed');
      },
    });
    const stopped = stopRun({ ...pipeline, control: ending }, RUN);
    if (finished) await expect(stopped).rejects.toMatchObject({ code: 'RUN_INACTIVE' });
    else expect(await stopped).toBe('stopped');
    expect(await control.stopRequested(RUN)).toBe(false);
  });
});

describe('a run that is to be extended', () => {
  const extend = (): Promise<unknown> => resumeRun(pipeline, RUN, { assignments: ['epochs=500'] });
  const statusNow = () => showRun(place.pipeline, RUN);

  it.each([{}, { finished: false }])('must have ended (%j)', async (saved) => {
    if ('finished' in saved) await saveCheckpoints(pipeline, RUN, saved);
    const before = await readRunSpec(pipeline.store, RUN);
    await expect(extend()).rejects.toMatchObject({ code: 'RUN_UNFINISHED' });
    expect(await readRunSpec(pipeline.store, RUN)).toEqual(before);
    expect(await stateOf()).toBe('absent');
  });

  it('has steps left from then on, also when the command was cut off before the run was queued', async () => {
    await saveCheckpoints(pipeline, RUN, { finished: true });
    await pipeline.control.clear(RUN);
    const { queues } = pipeline;
    const cutOff = Object.assign(Object.create(queues) as typeof queues, {
      report: queues.report.bind(queues),
      train: () => Promise.reject(new Error('cut off')),
    });
    await expect(
      resumeRun({ ...pipeline, queues: cutOff }, RUN, { assignments: ['epochs=500'] }),
    ).rejects.toThrow('cut off');
    expect(await statusNow()).toMatchObject({
      ...{ status: 'stopped', progress: { step: 6, epochs: 500, steps: 1000 } },
      sections: [{ epochs: 3, step: 6 }],
    });
    await expect(extend()).rejects.toMatchObject({ code: 'RUN_UNFINISHED' });
    await resumeRun(pipeline, RUN);
    expect(await stateOf()).toBe('waiting');
  });

  it('is as it was before when it is rewound into the section before', async () => {
    await saveCheckpoints(pipeline, RUN, { finished: true });
    const before = await readRunSpec(pipeline.store, RUN);
    await extend();
    await pipeline.queues.remove('runs', runJobId(RUN));
    await resumeRun(pipeline, RUN, { checkpoint: 6 });
    expect((await readRunSpec(pipeline.store, RUN)).sections).toHaveLength(1);
    await pipeline.queues.remove('runs', runJobId(RUN));
    await resumeRun(pipeline, RUN, { checkpoint: 4 });
    expect(await readRunSpec(pipeline.store, RUN)).toEqual(before);
  });
});

it('a finished run is not resumed, but it is from an earlier checkpoint', async () => {
  await saveCheckpoints(pipeline, RUN, { finished: true });
  await expect(resumeRun(pipeline, RUN)).rejects.toMatchObject({ code: 'RUN_FINISHED' });
  expect(await stateOf()).toBe('absent');
  await resumeRun(pipeline, RUN, { checkpoint: 4 });
  expect(await stateOf()).toBe('waiting');
});
