import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { removeRun, resumeRun } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { TestPipeline } from '../support/pipeline.ts';

const SMALL = [
  '--profile',
  'demo',
  '--set',
  'net.width=0.1',
  '--set',
  'batchSize=12',
  '--set',
  'sliceSize=5',
];

let pipeline: TestPipeline;
let pictures: string;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 20, val: 5 });
  await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '16', '--follow');
  await pipeline.json(
    'train',
    '--dataset',
    'shapes',
    '--run',
    'first',
    ...SMALL,
    '--set',
    'epochs=2',
    '--follow',
  );
});
afterAll(() => pipeline.close());

/** A file of the directory store. */
const stored = (key: string): string =>
  path.join(fileURLToPath(pipeline.environment['STORAGE_URL'] ?? ''), key);

describe('dataset', () => {
  it('shows what other tools rely on', async () => {
    const shown = await pipeline.json<Record<string, unknown>>('dataset', 'show', 'shapes');
    expect(shown).toMatchObject({
      name: 'shapes',
      classes: ['circle', 'cross', 'square'],
      splits: { train: { count: 60, shards: 4 }, val: { count: 15, shards: 1 } },
      quarantined: { count: 0, reasons: {} },
    });
    expect(shown['mean']).toHaveLength(3);
    expect(shown['eigenvalues']).toHaveLength(3);
    expect(shown['digest']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is listed, not made twice, and not removed while a run uses it', async () => {
    expect(await pipeline.json<object[]>('dataset', 'list')).toEqual([
      expect.objectContaining({ name: 'shapes' }),
    ]);
    const again = await pipeline.alexnet(['dataset', 'add', pictures, '--name', 'shapes']);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('DATASET_EXISTS')]);
    const removed = await pipeline.alexnet(['dataset', 'remove', 'shapes']);
    expect([removed.code, removed.stderr]).toEqual([1, expect.stringContaining('DATASET_IN_USE')]);
  });

  it('is removed whole', async () => {
    await pipeline.json('dataset', 'add', pictures, '--name', 'shapes-2', '--follow');
    await pipeline.json('dataset', 'remove', 'shapes-2');
    const { store } = await pipeline.library();
    const left: string[] = [];
    for await (const { key } of store.list('datasets/shapes-2/')) left.push(key);
    expect(left).toEqual([]);
  });
});

describe('run', () => {
  it('shows what other tools rely on', async () => {
    const shown = await pipeline.json<Record<string, unknown>>('run', 'show', 'first');
    expect(shown).toMatchObject({ run: 'first', status: 'done', step: 10, epoch: 2, device: 'cpu' });
    for (const field of ['loss', 'top1Error', 'top5Error', 'imagesPerSecond', 'dataWaitFraction']) {
      expect(shown[field], field).toEqual(expect.any(Number));
    }
    expect(shown['digest']).toMatch(/^[0-9a-f]{64}$/);
    expect(shown['checkpoint']).toMatch(/^step-00000010-\d+$/);
    expect(shown['history']).toHaveLength(2);
  });

  it('has a name of its own', async () => {
    const again = await pipeline.alexnet(['train', '--dataset', 'shapes', '--run', 'first', ...SMALL]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('RUN_EXISTS')]);
  });

  it('stops at a loss that is not finite and keeps the last good checkpoint', async () => {
    const settings = [
      '--set',
      'optimizer.learningRate=1e30',
      '--set',
      'epochs=2',
      '--set',
      'readLossEvery=1',
    ];
    const result = await pipeline.alexnet([
      'train',
      '--dataset',
      'shapes',
      '--run',
      'diverged',
      ...SMALL,
      ...settings,
      '--follow',
      '--json',
    ]);
    expect(result.code).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'LOSS_NOT_FINITE' } });
    expect(await pipeline.json('run', 'show', 'diverged')).toMatchObject({ status: 'failed' });
    const { store, redis } = await pipeline.library();
    expect(await new CheckpointReader(store, 'diverged').latest()).toBeUndefined();
    expect(await redis.keys('alexnet:slice:*')).toEqual([]);
  });

  it('is removed whole, once it is stopped', async () => {
    await pipeline.json('run', 'remove', 'diverged');
    const { store } = await pipeline.library();
    const left: string[] = [];
    for await (const { key } of store.list('runs/diverged/')) left.push(key);
    expect(left).toEqual([]);
    const shown = await pipeline.alexnet(['run', 'show', 'diverged']);
    expect([shown.code, shown.stderr]).toEqual([1, expect.stringContaining('RUN_NOT_FOUND')]);
  });

  it('goes on without its follower, and is neither queued twice nor removed meanwhile', async () => {
    await pipeline.json('train', '--dataset', 'shapes', '--run', 'second', ...SMALL, '--set', 'epochs=6');
    await expect(resumeRun(await pipeline.library(), 'second')).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    await expect(removeRun(await pipeline.library(), 'second')).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    await pipeline.until('second', ({ status }) => status === 'done');
  });
});

describe('evaluate and predict', () => {
  it('agree with each other and with the validation during training', async () => {
    const evaluation = await pipeline.json<{ top1Error: number; count: number }>(
      'evaluate',
      '--run',
      'first',
    );
    const shown = await pipeline.json<{ validation: { top1Error: number } }>('run', 'show', 'first');
    expect(evaluation.count).toBe(15);
    expect(evaluation.top1Error).toBeCloseTo(shown.validation.top1Error, 6);

    const classes = ['circle', 'cross', 'square'];
    const files = classes.flatMap((name) =>
      [0, 1, 2, 3, 4].map((i) => path.join(pictures, 'val', name, `${i}.png`)),
    );
    const predictions = await pipeline.json<
      { image: string; top: { class: string; probability: number }[] }[]
    >(...['predict', '--run', 'first', ...files]);
    const wrong = predictions.filter(
      ({ image, top }) => top[0]?.class !== path.basename(path.dirname(image)),
    );
    expect(wrong.length / files.length).toBeCloseTo(evaluation.top1Error, 6);
    for (const { top } of predictions) {
      expect(top.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 4);
    }
  });

  it('refuse a checkpoint that is not there, and an image that is none', async () => {
    const evaluation = await pipeline.alexnet(['evaluate', '--run', 'first', '--checkpoint', '7']);
    expect([evaluation.code, evaluation.stderr]).toEqual([
      1,
      expect.stringContaining('CHECKPOINT_NOT_FOUND'),
    ]);
    const text = path.join(pipeline.folder, 'text.jpg');
    await writeFile(text, 'not an image');
    const prediction = await pipeline.alexnet(['predict', '--run', 'first', text]);
    expect([prediction.code, prediction.stderr]).toEqual([1, expect.stringContaining('IMAGE_UNREADABLE')]);
    const missing = await pipeline.alexnet([
      'predict',
      '--run',
      'first',
      path.join(pipeline.folder, 'missing.jpg'),
    ]);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('IMAGE_UNREADABLE')]);
  });
});

describe('audit', () => {
  it('finds every sample of every epoch once', async () => {
    const audit = await pipeline.json<object>('audit', '--run', 'first');
    const once = { expected: 60, seen: 60, missing: 0, duplicated: 0 };
    expect(audit).toMatchObject({
      ok: true,
      epochs: [
        { epoch: 0, ...once },
        { epoch: 1, ...once },
      ],
    });
  });

  it('fails when the ledger was changed, also by someone who changed the checkpoint to match', async () => {
    const { store } = await pipeline.library();
    const manifest = await new CheckpointReader(store, 'second').manifest('latest');
    const segment = manifest.ledger[0];
    const ledgerFile = stored(segment?.key ?? '');
    const lines = (await readFile(ledgerFile, 'utf8')).trim().split('\n');
    // The first step is said to have consumed what the second did.
    const forged = Buffer.from(
      `${[(lines[1] ?? '').replace('"step":1', '"step":0').replace('"batch":1', '"batch":0'), ...lines.slice(1)].join('\n')}\n`,
    );
    await writeFile(ledgerFile, forged);
    const changed = await pipeline.alexnet(['audit', '--run', 'second']);
    expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining('CHECKPOINT_CORRUPT')]);

    const sha256 = createHash('sha256').update(forged).digest('hex');
    const ledger = manifest.ledger.map((entry, i) =>
      i === 0 ? { ...entry, size: forged.length, sha256 } : entry,
    );
    await writeFile(
      stored(`runs/second/checkpoints/${manifest.name}/checkpoint.json`),
      JSON.stringify({ ...manifest, ledger }),
    );
    const forgedToo = await pipeline.alexnet(['audit', '--run', 'second']);
    expect([forgedToo.code, forgedToo.stderr]).toEqual([1, expect.stringContaining('AUDIT_FAILED')]);
    expect(forgedToo.stdout).toContain('NOT as recorded');
  });
});
