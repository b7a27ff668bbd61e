import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readManifest, type Preview } from '@alexnet/datasets';
import { copyFile, sceneFile } from '@alexnet/images/testing';
import { TestPipeline } from '../support/pipeline.ts';

const EACH = 12;

let pipeline: TestPipeline;
let source: string;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  source = await plant(path.join(pipeline.folder, 'planted'));
});
afterAll(() => pipeline.close());

/** Two classes of scenes; of four images of train there are copies in val, and two files of train are equal. */
async function plant(folder: string): Promise<string> {
  const write = async (name: string, bytes: Buffer): Promise<void> => {
    const place = path.join(folder, name);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, bytes);
  };
  const scenes = await Promise.all(Array.from({ length: 3 * EACH }, (_, seed) => sceneFile(seed)));
  const scene = (i: number): Buffer => scenes[i] as Buffer;
  for (let i = 0; i < EACH; i++) {
    await write(`train/hill/${i}.jpg`, scene(i));
    await write(`train/sea/${i}.jpg`, scene(EACH + i));
    await write(`val/${i % 2 === 0 ? 'hill' : 'sea'}/${i}.jpg`, scene(2 * EACH + i));
  }
  await write('train/sea/0 of hill.jpg', scene(0));
  await write('val/hill/equal.jpg', scene(1));
  await write('val/hill/re-encoded.jpg', await copyFile(scene(2), 're-encoded'));
  await write('val/sea/resized.jpg', await copyFile(scene(3), 'resized by 10 %'));
  await write('val/hill/cropped.jpg', await copyFile(scene(4), 'cropped by 3 %'));
  return folder;
}

const add = (name: string, ...options: string[]): string[] => [
  ...['dataset', 'add', source, '--name', name, '--shard-size', '5', ...options],
];

interface Shown {
  digest: string;
  splits: { train: { count: number }; val: { count: number } };
  duplicates: { near: number; conflicts: number; leaks: object; dropped: number };
}

async function listOf(name: string): Promise<string> {
  const { store } = await pipeline.library();
  return (await store.get(`datasets/${name}/duplicates.jsonl`)).toString();
}

it('are reported when a dataset is checked, added and shown, whatever worker found them', async () => {
  const checked = await pipeline.json<Preview>('dataset', 'check', source);
  expect(checked.sample.duplicates).toMatchObject({ near: 3, conflicts: 2, leaks: { train: 4, val: 4 } });
  const { stdout } = await pipeline.alexnet(['dataset', 'check', source]);
  expect(stdout).toContain('3 pairs of near copies across splits');
  expect(stdout).toMatch(/bytes: train\/hill\/1\.jpg = val\/hill\/equal\.jpg/);

  const workers = await Promise.all([pipeline.worker(), pipeline.worker()]);
  const added = await pipeline.alexnet(add('two', '--follow'));
  expect(added).toMatchObject({ code: 0 });
  const line =
    /duplicates +2 groups of equal files \(4 images\); 3 pairs of near copies across splits; 4 images of train are copies of 4 of val: kept; 2 of these under different classes; listed in datasets\/two\/duplicates\.jsonl/;
  expect(added.stdout).toMatch(line);
  expect((await pipeline.alexnet(['dataset', 'show', 'two'])).stdout).toMatch(line);
  const two = await pipeline.json<Shown>('dataset', 'show', 'two');
  expect(two.splits.train.count).toBe(2 * EACH + 1);

  process.kill(workers[0].pid, 'SIGTERM');
  await workers[0].exited;
  const one = await pipeline.json<Shown>(...add('one', '--follow'));
  expect([one.digest, one.duplicates]).toEqual([two.digest, two.duplicates]);
  expect(await listOf('one')).toBe(await listOf('two'));

  const refused = await pipeline.alexnet(add('refused', '--follow', '--on-leak', 'fail'));
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('DATASET_LEAK')]);
  expect(await listOf('refused')).toBe(await listOf('two'));

  process.kill(workers[1].pid, 'SIGTERM');
  await workers[1].exited;
});

it('are left out of train, also when the worker that does so is killed again and again', async () => {
  const worker = await pipeline.worker();
  const calm = await pipeline.json<Shown>(...add('calm', '--follow', '--on-leak', 'drop'));
  expect(calm).toMatchObject({
    splits: { train: { count: 2 * EACH + 1 - 4 }, val: { count: EACH + 4 } },
    duplicates: { near: 3, leaks: { train: 4, val: 4 }, dropped: 4 },
  });
  process.kill(worker.pid, 'SIGTERM');
  await worker.exited;

  const { store } = await pipeline.library();
  expect(await pipeline.alexnet(add('killed', '--on-leak', 'drop'))).toMatchObject({ code: 0 });
  const replaced = (await readManifest(store, 'calm')).splits.train.shards
    .map(({ key }) => key)
    .filter((key) => key.includes('.kept.'));
  expect(replaced.length).toBeGreaterThan(1);
  for (const key of ['duplicates.jsonl', ...replaced.slice(0, 2)]) {
    const victim = await pipeline.worker();
    await expect
      .poll(() => store.head(`datasets/killed/${key}`), { interval: 2, timeout: 60_000 })
      .toBeDefined();
    process.kill(victim.pid, 'SIGKILL');
    await victim.exited;
  }
  const last = await pipeline.worker();
  await expect.poll(() => store.head('datasets/killed/manifest.json')).toBeDefined();
  await expect.poll(() => store.head('datasets/killed/claim.json')).toBeUndefined();
  const killed = await pipeline.json<Shown>('dataset', 'show', 'killed');
  expect({ ...killed, name: 'calm' }).toEqual(calm);
  expect(await listOf('killed')).toBe(await listOf('calm'));
  const keys: string[] = [];
  for await (const { key } of store.list('datasets/killed/train/')) keys.push(path.basename(key));
  const named = (await readManifest(store, 'killed')).splits.train.shards;
  expect(keys.filter((key) => key.endsWith('.tar')).sort()).toEqual(
    named.map(({ key }) => path.basename(key)).sort(),
  );
  process.kill(last.pid, 'SIGTERM');
  await last.exited;
});
