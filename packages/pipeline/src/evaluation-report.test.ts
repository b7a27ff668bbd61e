import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveProfile } from '@alexnet/model';
import { checkedJson, openStore, type ObjectStore } from '@alexnet/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { figuresOf } from './evaluation-figures.ts';
import {
  keepEvaluation,
  readEvaluation,
  readLastEvaluations,
  type EvaluationReport,
} from './evaluation-report.ts';
import { EvaluationResult } from './progress.ts';
import { specKey, type RunSpec } from './run-spec.ts';

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-evaluation-'));
  store = openStore(pathToFileURL(folder).href);
  await store.put(specKey('r'), checkedJson(spec));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const spec: RunSpec = {
  version: 1,
  run: 'r',
  dataset: { name: 'd', digest: '0'.repeat(64), classes: ['cat', 'dog', 'owl', 'yak'], train: 10, val: 7 },
  profile: resolveProfile('paper', []),
  seed: 1,
  keep: 3,
};

const report = (step: number, views: 1 | 10 = 1): EvaluationReport => ({
  version: 1,
  ...{ run: 'r', checkpoint: `step-${String(step).padStart(8, '0')}-1`, step, views },
  ...{ count: 7, loss: 1, top1Error: 4 / 7, top5Error: 0 },
  perClass: { images: [4, 2, 0, 1], top1: [2, 0, 0, 1], top5: [4, 1, 0, 1], predicted: [3, 2, 0, 2] },
  confusions: [
    { label: 0, predicted: 1, images: 2 },
    { label: 1, predicted: 0, images: 1 },
    { label: 1, predicted: 3, images: 1 },
  ],
  confusionsLeftOut: 0,
  mistakes: [{ id: 12, name: 'val/cat/1.png', label: 0, predicted: 1, probability: 0.75 }],
});

const keys = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of store.list('runs/r/evaluations/')) found.push(key);
  return found;
};

describe('a report', () => {
  it('is read as it was kept, and replaced by one of the same checkpoint and views', async () => {
    const key = await keepEvaluation(store, spec, report(640));
    expect(await keepEvaluation(store, spec, report(640))).toBe(key);
    expect(await keys()).toEqual(['runs/r/evaluations/step-00000640-1/views-1.json']);
    expect(await readEvaluation(store, key)).toEqual(report(640));
  });

  it('is refused where a digit of it was changed', async () => {
    const key = await keepEvaluation(store, spec, report(640));
    const text = (await store.get(key)).toString();
    await store.put(key, Buffer.from(text.replace('"count": 7', '"count": 8')));
    await expect(readEvaluation(store, key)).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
  });

  it('is not left behind by a run that was removed or created again meanwhile', async () => {
    await store.put(specKey('r'), checkedJson({ ...spec, seed: 2 }));
    await expect(keepEvaluation(store, spec, report(640))).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await store.delete(specKey('r'));
    await expect(keepEvaluation(store, spec, report(640))).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(await keys()).toEqual([]);
  });
});

it('reads the evaluations of the newest checkpoint, by the number of its step', async () => {
  expect(await readLastEvaluations(store, 'r')).toEqual([]);
  for (const [step, views] of [
    [100_000_000, 10],
    [100_000_000, 1],
    [99_999_999, 1],
  ] as const)
    await keepEvaluation(store, spec, report(step, views));
  const last = await readLastEvaluations(store, 'r');
  expect(last.map(({ step, views }) => [step, views])).toEqual([
    [100_000_000, 1],
    [100_000_000, 10],
  ]);
});

it('reads what a trainer of an earlier version returned', () => {
  const { run, checkpoint, step, views, count, loss, top1Error, top5Error } = report(1);
  const old = { run, checkpoint, step, views, count, loss, top1Error, top5Error };
  expect(EvaluationResult.parse(old).report).toBeNull();
});

describe('figuresOf', () => {
  it('has the worst classes first, with names', () => {
    const { classes, confusionMatrix, confusions, mistakes } = figuresOf(report(1), spec.dataset.classes);
    expect(classes).toEqual([
      { class: 'dog', images: 2, recall: 0, precision: 0, top5: 0.5 },
      { class: 'cat', images: 4, recall: 0.5, precision: 2 / 3, top5: 1 },
      { class: 'yak', images: 1, recall: 1, precision: 0.5, top5: 1 },
      { class: 'owl', images: 0, recall: null, precision: null, top5: null },
    ]);
    expect(confusionMatrix).toEqual({
      classes: spec.dataset.classes,
      images: [
        [2, 2, 0, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 1],
      ],
    });
    expect(confusions[0]).toEqual({ class: 'cat', predicted: 'dog', images: 2 });
    expect(mistakes).toEqual([
      { id: 12, name: 'val/cat/1.png', class: 'cat', predicted: 'dog', probability: 0.75 },
    ]);
  });

  it('has no matrix of more than 20 classes', () => {
    const many = Array.from({ length: 21 }, (_, i) => `class ${i}`);
    expect(figuresOf(report(1), many).confusionMatrix).toBeNull();
    expect(figuresOf(report(1), many.slice(1)).confusionMatrix).not.toBeNull();
  });
});
