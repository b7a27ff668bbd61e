import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Preview } from '@alexnet/datasets';
import { plainFile } from '@alexnet/images/testing';
import type { RunningProcess } from '@alexnet/local';
import { tarOf, zipOf } from '@alexnet/sources/testing';
import { TestPipeline } from '../support/pipeline.ts';

let pipeline: TestPipeline;
let workers: RunningProcess[];
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  workers = await Promise.all([pipeline.worker(), pipeline.worker()]);
});
afterAll(() => pipeline.close());

interface Shown {
  format: string;
  words: Record<string, string>;
  splits: { train: { count: number }; val: { count: number } };
  digest: string;
}

const add = (source: string, name: string): string[] => [
  ...['dataset', 'add', source, '--name', name, '--shard-size', '8', '--val-fraction', '0', '--follow'],
];

/** Pictures by their names, 60 for each of two classes, and one that is broken. */
async function pictures(): Promise<[string, Buffer][]> {
  const files = ['cat', 'dog'].flatMap((name, i) =>
    Array.from({ length: 60 }, async (_, j): Promise<[string, Buffer]> => [
      `${name}/${j}.png`,
      await plainFile(40, 30, [3 * j, 40 * i, 200 - j]),
    ]),
  );
  return [...(await Promise.all(files)), ['dog/broken.png', Buffer.from('no picture')]];
}

it('makes the same dataset of a folder, a compressed tar and a zip, also when a worker is killed', async () => {
  const files = await pictures();
  const place = (name: string): string => path.join(pipeline.folder, name);
  for (const [name, bytes] of files) {
    await mkdir(path.dirname(place(`set/${name}`)), { recursive: true });
    await writeFile(place(`set/${name}`), bytes);
  }
  await writeFile(
    place('set.tar.gz'),
    gzipSync(tarOf(files.map(([name, body]) => ({ name: `set/${name}`, body })))),
  );
  await writeFile(place('set.zip'), zipOf(files.map(([name, body]) => ({ name, body, deflated: true }))));
  const whole = await pipeline.json<Shown>(...add(place('set'), 'folder'));
  expect(whole.splits.train.count).toBe(120);

  const zipped = await pipeline.json<Shown>(...add(place('set.zip'), 'zip'));
  expect(zipped).toMatchObject({ format: 'a zip of image files', digest: whole.digest });

  const { store } = await pipeline.library();
  const adding = pipeline.json<Shown>(...add(place('set.tar.gz'), 'packed'));
  await pipeline.eventually('the first shard is written', async () => {
    const plan = await store.head('datasets/packed/plan/train/shard-00000.result.json');
    return plan !== undefined || (await store.head('datasets/packed/manifest.json')) !== undefined;
  });
  const [victim] = workers;
  if (victim === undefined) throw new RangeError('no worker');
  process.kill(victim.pid, 'SIGKILL');
  expect(await adding).toMatchObject({ format: 'a tar of image files', digest: whole.digest });
  for await (const { key } of store.list('datasets/packed/plan/')) expect(key).toBe('');
});

it('says what a source was read as, and what its classes are called', async () => {
  const wnids = ['n01440764', 'n02012849'];
  const body = await plainFile(20, 20, [9, 9, 9]);
  const train = wnids.map((wnid) => ({
    name: `${wnid}.tar`,
    body: tarOf([0, 1].map((i) => ({ name: `${wnid}_${i}.JPEG`, body }))),
  }));
  const kit = await readFile(new URL('../fuzz/fixtures/meta.mat', import.meta.url));
  const files = {
    'ILSVRC2012_img_train.tar': tarOf(train),
    'ILSVRC2012_img_val.tar': tarOf([2, 1].map((i) => ({ name: `ILSVRC2012_val_0000000${i}.JPEG`, body }))),
    'ILSVRC2012_devkit_t12.tar.gz': gzipSync(
      tarOf([
        { name: 'ILSVRC2012_devkit_t12/data/meta.mat', body: kit },
        { name: 'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt', body: '2\n1\n' },
      ]),
    ),
  };
  const folder = path.join(pipeline.folder, 'imagenet');
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes);

  const preview = await pipeline.json<Preview>('dataset', 'check', folder);
  expect(preview).toMatchObject({
    format: 'ImageNet (ILSVRC2012) as published',
    classes: [
      { name: wnids[0], words: 'tench, Tinca tinca', train: 2, val: 1 },
      { name: wnids[1], words: 'crane', train: 2, val: 1 },
    ],
  });
  expect(await pipeline.json<Shown>(...add(folder, 'imagenet'))).toMatchObject({
    format: preview.format,
    words: { n01440764: 'tench, Tinca tinca', n02012849: 'crane' },
    splits: { train: { count: 4 }, val: { count: 2 } },
  });
  for (const command of [
    ['check', folder],
    ['show', 'imagenet'],
  ]) {
    const { stdout } = await pipeline.alexnet(['dataset', ...command]);
    expect(stdout).toMatch(/read as +ImageNet \(ILSVRC2012\) as published/);
    expect(stdout).toContain('n01440764 (tench)');
  }
});
