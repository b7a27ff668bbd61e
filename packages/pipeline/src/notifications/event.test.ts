import { expect, it } from 'vitest';
import { AlexnetError } from '@alexnet/core';
import { makeEvent, type Happening } from './event.ts';

const job = { run: 'pets-1', queuedAt: 1_700_000_000_000 };
const AT = Date.UTC(2026, 10, 28, 12);
const progress = {
  ...{ step: 40, steps: 50, epoch: 4, epochs: 5, phase: 'train', loss: 1.5, top1Error: 0.5, top5Error: 0.25 },
  validation: { epoch: 3, loss: 1.25, top1Error: 0.4, top5Error: 0.2 },
  ...{ learningRate: 0.01, imagesPerSecond: 100, secondsLeft: 1, dataWaitFraction: 0, workers: 1 },
  ...{
    workersWanted: 1,
    parameters: 10,
    device: 'cpu',
    rssBytes: 1,
    tensors: 1,
    digest: 'd',
    checkpoint: 'c',
  },
};

it('says what a trainer said of the run, and counts the epoch of a validation from 1', () => {
  const event = makeEvent(
    job,
    { type: 'run.finished', progress, dataset: 'pets', endedEarly: 'plateau' },
    AT,
  );
  expect(event).toEqual({
    version: 1,
    id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string,
    type: 'run.finished',
    timestamp: '2026-11-28T12:00:00.000Z',
    data: {
      ...{ run: 'pets-1', dataset: 'pets', step: 40, steps: 50, epoch: 4, epochs: 5, loss: 1.5 },
      ...{ top1Error: 0.5, top5Error: 0.25, endedEarly: 'plateau', checkpoint: 'c', error: null },
      validation: { epoch: 4, loss: 1.25, top1Error: 0.4, top5Error: 0.2 },
    },
  });
});

it('has an id that depends only on the job, the type and the occurrence', () => {
  const id = (happening: Partial<Happening>, of = job, at = AT): string =>
    makeEvent(of, { type: 'run.waiting', progress: undefined, ...happening }, at).id;
  expect(id({ progress }, job, AT + 1)).toBe(id({}));
  const different = [
    id({}),
    id({ type: 'run.continued' }),
    id({ occurrence: 1 }),
    id({}, { ...job, run: 'pets-2' }),
    id({}, { ...job, queuedAt: job.queuedAt + 1 }),
  ];
  expect(new Set(different).size).toBe(different.length);
});

it('says that a run failed before a trainer said anything of it', () => {
  const error = new AlexnetError('DATASET_CHANGED', { expected: 'a', actual: 'b', remedy: 'C.' });
  const { data } = makeEvent(job, { type: 'run.failed', progress: 0, error }, AT);
  expect(data).toMatchObject({ step: null, checkpoint: null, validation: null });
  expect(data.error).toEqual({ code: 'DATASET_CHANGED', message: error.message });
});

it.each(['x', '\u0001', '"', '😀'])('stays small whatever the message is made of: %j', (character) => {
  const error = new AlexnetError('INTERNAL', {
    expected: character.repeat(4000),
    actual: character.repeat(4000),
    remedy: character.repeat(4000),
  });
  const longest = 'r'.repeat(63);
  const event = makeEvent(
    { ...job, run: longest },
    { type: 'run.failed', progress: { ...progress, checkpoint: 'c'.repeat(40) }, dataset: longest, error },
    AT,
  );
  const url = `https://${'x'.repeat(1016)}`;
  const data = { url, id: event.id, body: JSON.stringify(event) };
  expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(4096);
  expect(event.data.error?.message).toMatch(/…$/);
});
