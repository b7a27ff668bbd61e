import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Metric } from '@alexnet/checkpoints';
import { exportEvents } from '@alexnet/export';
import { RunHistory } from '@alexnet/pipeline';
import { run } from '../support/run.ts';
import { addRun, openPlace, saveCheckpoints, type Place } from '../support/saved-run.ts';
import { tensorboardPython } from '../support/tensorboard.ts';

/** Prints what TensorBoard reads of a folder: for each tag its wall times, steps and values. */
const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'tensors': 0})
events.Reload()
tags = events.Tags()['scalars']
print(json.dumps({tag: [[e.wall_time, e.step, e.value] for e in events.Scalars(tag)] for tag in tags}))
`;

let place: Place;
let folder: string;
let python: string;
let history: RunHistory;
beforeAll(async () => {
  python = await tensorboardPython();
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-tensorboard-'));
  place = await openPlace();
  await addRun(place.pipeline, 'r');
  await saveCheckpoints(place.pipeline, 'r');
  history = await RunHistory.open(place.pipeline, 'r');
});
afterAll(async () => {
  await place.close();
  await rm(folder, { recursive: true });
});

async function readBack(part: string): Promise<Record<string, [number, number, number][]>> {
  const { status, stdout, tail } = await run(python, ['-c', READ, path.join(folder, 'r', part)]);
  expect(status, tail).toBe(0);
  return JSON.parse(stdout) as Record<string, [number, number, number][]>;
}

it("TensorBoard's own reader returns the steps and the validations of a history", async () => {
  await exportEvents(history, folder);
  const { metrics, at, fromStep } = await history.series({ points: 1000 });
  const names = {
    ...{ loss: 'loss', top1_error: 'top1Error', top5_error: 'top5Error', learning_rate: 'learningRate' },
    ...{ images_per_second: 'imagesPerSecond', data_wait: 'dataWait' },
  } as const satisfies Record<string, Metric>;
  const expected = Object.entries<Metric>(names).map(([tag, metric]) => [
    tag,
    fromStep.map((step, i) => [(at[i] ?? NaN) / 1000, step, Math.fround(metrics[metric].mean[i] ?? NaN)]),
  ]);
  expect(fromStep).toHaveLength(6);
  expect(await readBack('train')).toEqual(Object.fromEntries(expected));

  const validations = history.events.filter((event) => event.kind === 'validation');
  expect(validations).toHaveLength(3);
  const { top1_error: errors } = await readBack('validation');
  expect(errors).toEqual(
    validations.map((event) => [event.at / 1000, event.step, Math.fround(event.top1Error)]),
  );
});

it('writes the same files again', async () => {
  const [file = ''] = await exportEvents(history, folder);
  const before = await readFile(file);
  expect(await exportEvents(history, folder)).toContain(file);
  expect(await readFile(file)).toEqual(before);
});
