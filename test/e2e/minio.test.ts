import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { prepareEmoji } from '@alexnet/demo-data';
import { assignments, minioIsThere, TestPipeline } from '../support/pipeline.ts';

if (!minioIsThere)
  console.warn(
    'skipped: the demo flow on MinIO; no MinIO on PATH or in the cache, and no Go to build it with',
  );

const SETTINGS = { epochs: 2, batchSize: 32, sliceSize: 8, checkpointEvery: 4, 'net.width': 0.1 };
const PROFILE = ['--profile', 'demo', ...assignments(SETTINGS)];

describe.runIf(minioIsThere)('the demo flow on MinIO, short, with two workers', () => {
  let pipeline: TestPipeline;
  let pictures: string;

  beforeAll(async () => {
    pipeline = await TestPipeline.start('minio');
    pictures = path.join(pipeline.folder, 'emoji');
    await prepareEmoji(pictures, { limitPerClass: 30 });
    await pipeline.worker();
    await pipeline.trainer();
  });
  afterAll(() => pipeline.close());

  async function outcome(run: string): Promise<{ digest: string; model: string }> {
    await pipeline.until(run, ({ status }) => status === 'done');
    const { digest, model } = await new CheckpointReader((await pipeline.library()).store, run).manifest(
      'latest',
    );
    return { digest, model: model.sha256 };
  }

  it('ends with the digest of an undisturbed run when a worker is killed and another started on the way', async () => {
    const victim = await pipeline.worker();
    const dataset = await pipeline.json<{ classes: string[]; splits: { train: { count: number } } }>(
      ...['dataset', 'add', pictures, '--name', 'emoji', '--shard-size', '64', '--follow'],
    );
    expect(dataset.classes).toHaveLength(9);
    expect(dataset.splits.train.count).toBe(270);

    await pipeline.json('train', '--dataset', 'emoji', '--run', 'undisturbed', ...PROFILE);
    const undisturbed = await outcome('undisturbed');

    await pipeline.json('train', '--dataset', 'emoji', '--run', 'disturbed', ...PROFILE);
    await pipeline.until('disturbed', ({ progress }) => (progress?.step ?? 0) >= 2);
    process.kill(victim.pid, 'SIGKILL');
    await pipeline.worker();
    expect(await outcome('disturbed')).toEqual(undisturbed);

    const evaluation = await pipeline.json<{ count: number; top5Error: number }>(
      'evaluate',
      '--run',
      'disturbed',
      '--checkpoint',
      'best',
    );
    expect(evaluation.count).toBe(270);
    const audit = await pipeline.json<{ digest: string; ok: boolean }>('audit', '--run', 'disturbed');
    expect(audit).toMatchObject({ digest: undisturbed.digest, ok: true });
  });

  it('makes the same dataset from an s3:// prefix', async () => {
    // The pictures' own prefix of the same bucket, as another program would have put them there.
    const { store } = await pipeline.library();
    for (const split of ['train', 'val']) {
      for (const name of await readdir(path.join(pictures, split))) {
        const files = (await readdir(path.join(pictures, split, name))).slice(0, 3);
        for (const file of files) {
          await store.put(
            `incoming/${split}/${name}/${file}`,
            await readFile(path.join(pictures, split, name, file)),
          );
        }
      }
    }
    const source = `${pipeline.environment['STORAGE_URL'] ?? ''}/incoming`;
    const { splits } = await pipeline.json<{ splits: { train: { count: number }; val: { count: number } } }>(
      ...['dataset', 'add', source, '--name', 'from-bucket', '--follow'],
    );
    expect([splits.train.count, splits.val.count]).toEqual([27, 27]);
  });
});
