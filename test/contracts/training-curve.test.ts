/** The training of a run as figures draw it, from its checkpoints in a store. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTrainingCurve, RunHistory } from '@alexnet/pipeline';
import { addRun, openPlace, saveCheckpoints, type Place } from '../support/saved-run.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
  await addRun(place.pipeline, 'begun');
  await addRun(place.pipeline, 'trained');
  await saveCheckpoints(place.pipeline, 'trained');
});
afterAll(() => place.close());

it('is not there before the first checkpoint', async () => {
  expect(await readTrainingCurve(place.pipeline.store, 'begun', 10)).toBeUndefined();
});

it('has the steps of the history, at the middle of each part', async () => {
  const { store } = place.pipeline;
  const history = await RunHistory.open({ store }, 'trained');
  const { metrics } = await history.series({ points: 6 });
  const curve = (await readTrainingCurve(store, 'trained', 10)) ?? [];
  expect(curve.map(({ epochs }) => epochs * history.batchesPerEpoch)).toEqual([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
  expect(curve.map(({ loss }) => loss.mean)).toEqual(metrics.loss.mean);
  expect(curve.map(({ top1Error }) => top1Error.max)).toEqual(metrics.top1Error.max);
});

it('has no more parts than asked for, each with the range of its steps', async () => {
  const { store } = place.pipeline;
  const steps = (await readTrainingCurve(store, 'trained', 6)) ?? [];
  const [first, ...others] = (await readTrainingCurve(store, 'trained', 2)) ?? [];
  expect(others).toHaveLength(1);
  const losses = steps.slice(0, 3).map(({ loss }) => loss.mean);
  expect([first?.loss.min, first?.loss.max]).toEqual([Math.min(...losses), Math.max(...losses)]);
});
