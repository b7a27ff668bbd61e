import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createShardReader, readManifest } from '@alexnet/datasets';
import { idxFile } from '@alexnet/datasets/testing';
import { BLUE, brokenImages, oddImages, plainFile } from '@alexnet/images/testing';
import { TestPipeline } from '../support/pipeline.ts';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  await Promise.all([pipeline.worker(), pipeline.worker()]);
});
afterAll(() => pipeline.close());

interface Shown {
  splits: { train: { count: number; shards: number } };
  quarantined: { count: number; reasons: Record<string, number> };
}

it('decodes what can be decoded of a folder of odd and broken files, and quarantines the rest with its reason', async () => {
  const folder = path.join(pipeline.folder, 'hostile');
  const [odd, broken] = await Promise.all([oddImages(), brokenImages()]);
  const twin = await plainFile(30, 30, BLUE);
  const twins = ['twin.png', 'twin again.png'].map((name) => ({ name, bytes: twin }));
  await mkdir(path.join(folder, 'odd'), { recursive: true });
  await mkdir(path.join(folder, 'plain'));
  for (const { name, bytes } of [...odd, ...broken, ...twins])
    await writeFile(path.join(folder, 'odd', name), bytes);
  await writeFile(path.join(folder, 'plain', 'blue.png'), twin);

  const shown = await pipeline.json<Shown>(
    'dataset',
    'add',
    folder,
    '--name',
    'hostile',
    '--shard-size',
    '5',
    '--follow',
  );
  const total = odd.length + broken.length + twins.length + 1;
  expect(shown.splits.train).toEqual({ count: total - broken.length, shards: Math.ceil(total / 5) });
  expect(shown.quarantined).toEqual({
    count: broken.length,
    reasons: countBy(broken.map(({ reason }) => reason)),
  });

  const { store } = await pipeline.library();
  const lines = (await store.get('datasets/hostile/quarantine.jsonl')).toString().trim().split('\n');
  const records = lines.map(
    (line) => JSON.parse(line) as { name: string; reason: string; bytes: number; sha256: string },
  );
  for (const { name, bytes, reason } of broken) {
    const record = records.find((candidate) => candidate.name === `odd/${name}`);
    expect(record, name).toMatchObject({ reason, bytes: bytes.length });
  }
  const manifest = await readManifest(store, 'hostile');
  const reader = createShardReader({ store, cacheDir: path.join(pipeline.folder, 'reader'), maxBytes: 1e9 });
  for (const number of manifest.splits.train.shards.keys()) {
    const shard = await reader.open(manifest, 'train', number);
    for (const [position, name] of shard.names.entries()) {
      const expected = odd.find((candidate) => `odd/${candidate.name}` === name);
      if (expected === undefined) continue;
      const pixels = await shard.read(position);
      const middle = 128 * 256 * 3;
      const at = (column: number): number[] => [
        ...pixels.subarray(middle + column * 3, middle + column * 3 + 3),
      ];
      expectNear(at(20), expected.left, expected.tolerance, name);
      expectNear(at(235), expected.right, expected.tolerance, name);
    }
  }
  await reader.close();
});

it('takes the files of MNIST as they are published', async () => {
  const folder = path.join(pipeline.folder, 'digits');
  await mkdir(folder);
  for (const [split, labels] of [
    ['train', [3, 1, 3]],
    ['t10k', [1]],
  ] as const) {
    const count = labels.length;
    const images = gzipSync(idxFile([count, 28, 28], Buffer.alloc(count * 784, 100)));
    await writeFile(path.join(folder, `${split}-images-idx3-ubyte.gz`), images);
    await writeFile(path.join(folder, `${split}-labels-idx1-ubyte.gz`), gzipSync(idxFile([count], labels)));
  }
  const shown = await pipeline.json<object>('dataset', 'add', folder, '--name', 'digits', '--follow');
  expect(shown).toMatchObject({
    classes: ['1', '3'],
    splits: { train: { count: 3 }, val: { count: 1 } },
    quarantined: { count: 0 },
    mean: [100, 100, 100],
  });
});

it('refuses a dataset with one class only, an empty one, and a folder that is not there', async () => {
  const alone = path.join(pipeline.folder, 'alone');
  await mkdir(path.join(alone, 'only'), { recursive: true });
  await writeFile(path.join(alone, 'only', 'blue.png'), await plainFile(9, 9, BLUE));
  const unreadable = path.join(pipeline.folder, 'unreadable');
  for (const name of ['a', 'b']) {
    await mkdir(path.join(unreadable, name), { recursive: true });
    await writeFile(path.join(unreadable, name, 'x.jpg'), 'not an image');
  }
  for (const [source, code] of [
    [alone, 'SOURCE_LAYOUT'],
    [unreadable, 'DATASET_EMPTY'],
    [path.join(pipeline.folder, 'nowhere'), 'SOURCE_NOT_FOUND'],
  ] as const) {
    const result = await pipeline.alexnet([
      'dataset',
      'add',
      source,
      '--name',
      path.basename(source),
      '--follow',
      '--json',
    ]);
    expect([result.code, (JSON.parse(result.stdout) as { error: { code: string } }).error.code]).toEqual([
      1,
      code,
    ]);
  }
  const { store } = await pipeline.library();
  expect(await store.head('datasets/unreadable/manifest.json')).toBeUndefined();
});

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function expectNear(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  for (const [channel, value] of actual.entries()) {
    expect(
      Math.abs(value - (expected[channel] ?? 0)),
      `${what}: ${actual.join()} for ${expected.join()}`,
    ).toBeLessThanOrEqual(tolerance);
  }
}
