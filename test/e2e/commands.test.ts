import { createHash } from 'node:crypto';
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { readRunSpec, removeRun, resumeRun } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { assignments, SMALL, TestPipeline } from '../support/pipeline.ts';

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
    ...assignments({ epochs: 2 }),
    '--follow',
  );
});
afterAll(() => pipeline.close());

/** A file of the directory store. */
const stored = (key: string): string =>
  path.join(fileURLToPath(pipeline.environment['STORAGE_URL'] ?? ''), key);

/** The newest checkpoint of a run. */
async function checkpointOf(run: string) {
  const reader = new CheckpointReader((await pipeline.library()).store, run);
  const manifest = await reader.manifest('latest');
  return { manifest, model: await reader.model(manifest), optimizer: await reader.optimizer(manifest) };
}

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
    expect(shown).toMatchObject({
      run: 'first',
      status: 'done',
      step: 10,
      epoch: 2,
      device: 'cpu',
      workers: 1,
    });
    expect(shown).toHaveProperty('workersWanted');
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

  it.each([
    ['in training', { readLossEvery: 1 }, /at step \d/],
    ['in validation', { batchSize: 60, sliceSize: 10 }, /on validation images after step 1/],
    [
      'in the weights',
      { batchSize: 30, sliceSize: 10, checkpointEvery: 1, 'optimizer.learningRate': 1e39 },
      /(NaN|Infinity) in /,
    ],
  ])('stops at a loss that is not finite, seen %s, and saves nothing of it', async (_, changes, seen) => {
    const settings = assignments({ 'optimizer.learningRate': 1e38, epochs: 2, ...changes });
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
    expect(JSON.parse(result.stdout)).toMatchObject({
      error: { code: 'LOSS_NOT_FINITE', actual: expect.stringMatching(seen) as string },
    });
    expect(await pipeline.json('run', 'show', 'diverged')).toMatchObject({ status: 'failed' });
    const { store, redis } = await pipeline.library();
    expect(await new CheckpointReader(store, 'diverged').latest()).toBeUndefined();
    expect(await redis.keys('alexnet:slice:*')).toEqual([]);
    await pipeline.json('run', 'remove', 'diverged');
  });

  it('is removed whole, once it is stopped', async () => {
    await pipeline.json('train', '--dataset', 'shapes', '--run', 'brief', ...SMALL, '--follow');
    await pipeline.json('run', 'remove', 'brief');
    const { store } = await pipeline.library();
    const left: string[] = [];
    for await (const { key } of store.list('runs/brief/')) left.push(key);
    expect(left).toEqual([]);
    const shown = await pipeline.alexnet(['run', 'show', 'brief']);
    expect([shown.code, shown.stderr]).toEqual([1, expect.stringContaining('RUN_NOT_FOUND')]);
  });

  it('goes on without its follower, and is neither queued twice nor removed meanwhile', async () => {
    await pipeline.json(
      'train',
      '--dataset',
      'shapes',
      '--run',
      'second',
      ...SMALL,
      ...assignments({ epochs: 6 }),
    );
    await expect(resumeRun(await pipeline.library(), 'second')).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    await expect(removeRun(await pipeline.library(), 'second')).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    await pipeline.until('second', ({ status }) => status === 'done');
  });
});

describe('images and nets of other sides', () => {
  it('go through the whole pipeline, and a net that is too large for its images is refused', async () => {
    await pipeline.json('dataset', 'add', pictures, '--name', 'small', '--side', '32', '--follow');
    const small = ['train', '--dataset', 'small'];
    const refused = await pipeline.alexnet([...small, '--profile', 'paper']);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/CONFIG_INVALID[^]*32×32[^]*--side 256/),
    ]);
    const sets = assignments({ 'net.width': 0.1, batchSize: 20, sliceSize: 20, epochs: 2 });
    const run = [...small, '--profile', 'modified', '--run', 'small', ...sets, '--follow'];
    expect(await pipeline.json(...run)).toMatchObject({ status: 'done', step: 6 });
    const { model, optimizer } = await checkpointOf('small');
    expect([...model.keys()]).not.toContain('conv4/kernel');
    expect([...optimizer.keys()]).toEqual([...model.keys()].flatMap((name) => [`${name}/m`, `${name}/v`]));
    expect(await pipeline.json('evaluate', '--run', 'small', '--views', '10')).toMatchObject({ count: 15 });
    const image = path.join(pictures, 'val', 'cross', '0.png');
    expect(await pipeline.json<object[]>('predict', '--run', 'small', image)).toHaveLength(1);
  });
});

describe('train --init', () => {
  const weightsFile = async (): Promise<string> => {
    const { manifest } = await checkpointOf('first');
    return stored(manifest.model.key);
  };
  const from = (file: string, run: string, settings: Record<string, string | number> = {}): string[] => [
    ...['train', '--dataset', 'shapes', '--run', run, '--init', file, ...SMALL],
    ...assignments({ epochs: 1, ...settings }),
  ];

  it('goes on from weights, and leaves frozen layers as they are', async () => {
    const frozen = '["conv1","conv2","conv3","conv4","conv5","fc6","fc7"]';
    await pipeline.json(...from(await weightsFile(), 'tuned', { frozen }), '--follow');
    const [before, after] = [await checkpointOf('first'), await checkpointOf('tuned')];
    for (const [name, { data }] of after.model) {
      const same = before.model.get(name)?.data.every((value, i) => value === data[i]);
      expect(same, name).toBe(!name.startsWith('fc8'));
    }
  });

  it('refuses weights of another net, and a file that is none', async () => {
    const wider = await pipeline.alexnet(from(await weightsFile(), 'wider', { 'net.width': 0.2 }));
    expect([wider.code, wider.stderr]).toEqual([1, expect.stringMatching(/CHECKPOINT_MISMATCH[^]*conv1/)]);
    const none = await pipeline.alexnet(from(path.join(pictures, 'val', 'cross', '0.png'), 'none'));
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('FORMAT_INVALID')]);
    const missing = await pipeline.alexnet(from('missing.safetensors', 'none'));
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('ENOENT')]);
    expect((await pipeline.json<{ run: string }[]>('run', 'list')).map(({ run }) => run)).not.toContain(
      'none',
    );
  });
});

describe('train --from', () => {
  it('takes the net of another run, and a new last layer where the classes are others', async () => {
    const renamed = path.join(pipeline.folder, 'renamed');
    await cp(pictures, renamed, { recursive: true });
    for (const split of ['train', 'val'])
      await rename(path.join(renamed, split, 'cross'), path.join(renamed, split, 'plus'));
    await pipeline.json('dataset', 'add', renamed, '--name', 'renamed', '--side', '256', '--follow');
    const { code, stderr } = await pipeline.alexnet([
      ...['train', '--dataset', 'renamed', '--run', 'fine-tuned', '--from', 'first@latest'],
      ...['--freeze', 'conv1..fc7', '--profile', 'demo', '--epochs', '1', '--batch-size', '20', '--follow'],
    ]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('fc8 starts fresh')]);
    const [before, after] = [await checkpointOf('first'), await checkpointOf('fine-tuned')];
    for (const [name, { data }] of after.model) {
      const same = before.model.get(name)?.data.every((value, i) => value === data[i]);
      expect(same, name).toBe(!name.startsWith('fc8'));
    }
    const { store } = await pipeline.library();
    const { profile, init } = await readRunSpec(store, 'fine-tuned');
    expect(profile.net).toEqual((await readRunSpec(store, 'first')).profile.net);
    expect(init).toMatchObject({ fresh: ['fc8'], from: { run: 'first' } });
  });

  it('starts from what export wrote, too', async () => {
    const folder = path.join(pipeline.folder, 'exported');
    await pipeline.json('export', '--run', 'first', '--format', 'safetensors', '--out', folder);
    const run = ['train', '--dataset', 'shapes', '--run', 'from-export', ...SMALL, '--epochs', '1'];
    await pipeline.json(...run, '--init', path.join(folder, 'model.safetensors'), '--follow');
    const { store } = await pipeline.library();
    expect((await readRunSpec(store, 'from-export')).init).toMatchObject({ fresh: [] });
  });

  it.each([
    [['--from', 'first@'], 2, 'USAGE'],
    [['--from', 'nothing'], 1, 'RUN_NOT_FOUND'],
    [['--freeze', 'conv9'], 2, 'USAGE'],
    [['--learning-rate', '0'], 2, 'USAGE'],
  ])('refuses %j', async (options, expected, message) => {
    const { code, stderr } = await pipeline.alexnet(['train', '--dataset', 'shapes', ...options]);
    expect([code, stderr]).toEqual([expected, expect.stringContaining(message)]);
  });
});

describe('train without --profile', () => {
  it('says which profile it takes and why, and warns about few images', async () => {
    const { code, stderr } = await pipeline.alexnet(['train', '--dataset', 'shapes', '--run', 'chosen']);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/profile small: 60 train images are few/)]);
    expect(stderr).not.toContain('no validation images');
    await pipeline.json('run', 'stop', 'chosen');
  });
});

describe('run show', () => {
  it('says what the net has to beat', async () => {
    const { baseline } = await pipeline.json<{ baseline: object }>('run', 'show', 'first');
    expect(baseline).toEqual({
      chance: expect.closeTo(2 / 3) as number,
      mostFrequent: { class: expect.any(String) as string, top1Error: expect.closeTo(2 / 3) as number },
    });
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
