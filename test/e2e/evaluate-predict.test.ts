import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationFigures } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { SMALL, TestPipeline } from '../support/pipeline.ts';
import type { Prediction } from '../support/predictions.ts';

const train = (run: string, epochs: number): string[] => [
  ...['train', '--dataset', 'shapes', '--run', run, ...SMALL, '--epochs', String(epochs), '--follow'],
];

let pipeline: TestPipeline;
let pictures: string;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 20, val: 5 });
  await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '16', '--follow');
  await pipeline.json(...train('first', 2));
});
afterAll(() => pipeline.close());

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
    const predictions = await pipeline.json<Prediction[]>('predict', '--run', 'first', ...files);
    const wrong = predictions.filter(
      ({ image, top }) => top[0]?.class !== path.basename(path.dirname(image)),
    );
    expect(wrong.length / files.length).toBeCloseTo(evaluation.top1Error, 6);
    for (const { top } of predictions) {
      expect(top.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 4);
    }
  });

  it('average ten views of each image', async () => {
    const ten = await pipeline.json<Record<string, number>>('evaluate', '--run', 'first', '--views', '10');
    expect(ten).toMatchObject({ views: 10, count: 15, step: 10 });
    const one = await pipeline.json<Record<string, number>>('evaluate', '--run', 'first');
    expect(ten['loss']).not.toBe(one['loss']);
    // The views of an image are much alike.
    expect(Math.abs((ten['loss'] ?? NaN) - (one['loss'] ?? NaN))).toBeLessThan(0.5);
    for (const figures of [ten, one]) {
      const classes = figures['classes'] as unknown as { images: number; recall: number }[];
      expect(classes.reduce((sum, { images }) => sum + images, 0)).toBe(15);
      const right = classes.reduce((sum, { images, recall }) => sum + images * recall, 0);
      expect(1 - right / 15).toBeCloseTo(figures['top1Error'] ?? NaN, 6);
    }
    const refused = await pipeline.alexnet(['evaluate', '--run', 'first', '--views', '5']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--views 1 or 10')]);
  });

  it('tell each class and each mistake, as predict sees them, and draw the mistakes', async () => {
    const sheet = path.join(pipeline.folder, 'mistakes.png');
    const { classes, confusionMatrix, confusions, mistakes } = await pipeline.json<EvaluationFigures>(
      ...['evaluate', '--run', 'first', '--sheet', sheet],
    );
    const names = ['circle', 'cross', 'square'];
    expect(classes.map((each) => each.class).sort()).toEqual(names);
    expect(classes.map(({ recall }) => recall)).toEqual(
      classes.map(({ recall }) => recall).sort((a, b) => (a ?? 0) - (b ?? 0)),
    );
    expect(confusionMatrix?.images.flat().reduce((sum, images) => sum + images)).toBe(15);
    const wrong = confusions.reduce((sum, { images }) => sum + images, 0);
    expect(wrong).toBeGreaterThan(0);
    expect(mistakes).toHaveLength(wrong);
    const files = mistakes.map(({ name }) => path.join(pictures, name));
    const predictions = await pipeline.json<Prediction[]>('predict', '--run', 'first', ...files);
    for (const [i, { top }] of predictions.entries()) {
      expect(path.basename(path.dirname(files[i] ?? ''))).toBe(mistakes[i]?.class);
      expect(top[0]?.class).toBe(mistakes[i]?.predicted);
      expect(top[0]?.probability).toBeCloseTo(mistakes[i]?.probability ?? NaN, 5);
    }
    expect((await readFile(sheet)).subarray(1, 4).toString()).toBe('PNG');
    const text = await pipeline.alexnet(['evaluate', '--run', 'first']);
    expect(text.stdout).toContain('The worst classes first');
    expect(text.stdout).toContain('Confusion matrix');
  });

  it('are shown with the run, until it is removed', async () => {
    await pipeline.json(...train('evaluated', 1));
    expect(await pipeline.json('run', 'show', 'evaluated')).toMatchObject({ evaluations: [] });
    await pipeline.json('evaluate', '--run', 'evaluated', '--views', '10');
    await pipeline.json('evaluate', '--run', 'evaluated');
    const { evaluations } = await pipeline.json<{ evaluations: object[] }>('run', 'show', 'evaluated');
    expect(evaluations).toEqual([
      expect.objectContaining({ views: 1, step: 5, count: 15 }),
      expect.objectContaining({ views: 10, step: 5, count: 15 }),
    ]);
    const { store } = await pipeline.library();
    const keys = ['1', '10'].map((views) => `runs/evaluated/evaluations/step-00000005-1/views-${views}.json`);
    const kept = await Promise.all(keys.map((key) => store.get(key)));
    await pipeline.json('evaluate', '--run', 'evaluated', '--checkpoint', '5');
    expect(await Promise.all(keys.map((key) => store.get(key)))).toEqual(kept);
    const [damaged = ''] = keys;
    await store.put(damaged, Buffer.from('{}'));
    const shown = await pipeline.alexnet(['run', 'show', 'evaluated', '--json']);
    expect([shown.code, shown.stderr]).toEqual([0, expect.stringContaining(damaged)]);
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'done' });
    await pipeline.json('run', 'remove', 'evaluated');
    for (const key of keys) expect(await store.head(key)).toBeUndefined();
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

describe('predict', () => {
  const predict = ['predict', '--run', 'first'];
  const parseLines = (text: string): Prediction[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Prediction);

  it('takes folders, patterns, a list and stdin, and keeps their order', async () => {
    const folder = path.join(pictures, 'train');
    const wanted = ['cross', 'circle'].flatMap((name) =>
      [...Array(20).keys()]
        .map(String)
        .sort()
        .map((i) => path.join(folder, name, `${i}.png`)),
    );
    const predictions = await pipeline.json<Prediction[]>(...predict, ...wanted);
    expect(predictions.map(({ image }) => image)).toEqual(wanted);
    const folders = [path.join(folder, 'cross'), path.join(folder, 'circle')];
    const byFolder = await pipeline.alexnet([...predict, '--jsonl', ...folders]);
    expect([byFolder.code, parseLines(byFolder.stdout)]).toEqual([0, predictions]);
    const patterns = folders.map((folder) => path.join(folder, '*.png'));
    expect(await pipeline.json(...predict, ...patterns)).toEqual(predictions);
    const list = path.join(pipeline.folder, 'list.txt');
    await writeFile(list, `${wanted.join('\n')}\n`);
    expect(await pipeline.json(...predict, '--list', list)).toEqual(predictions);
    const piped = await pipeline.alexnet([...predict, '--jsonl', '-'], {}, wanted.join('\0'));
    expect(parseLines(piped.stdout)).toEqual(predictions);
    const text = await pipeline.alexnet([...predict, ...folders]);
    expect(
      text.stdout
        .trimEnd()
        .split('\n')
        .map((line) => / % {2}(\S+)/.exec(line)?.[1]),
    ).toEqual(predictions.map(({ top }) => top[0]?.class));
  });

  it('goes on after files that cannot be read, and lists them at the end', async () => {
    const good = path.join(pictures, 'val', 'cross', '0.png');
    const [text, missing] = ['none.jpg', 'gone.jpg'].map((name) => path.join(pipeline.folder, name));
    await writeFile(text ?? '', 'not an image');
    const { code, stdout, stderr } = await pipeline.alexnet([
      ...[...predict, '--jsonl', '--top', '1', text ?? '', good, missing ?? ''],
    ]);
    expect(code).toBe(1);
    const [first, second, third] = parseLines(stdout);
    expect([first, third]).toEqual([
      { image: text, error: expect.objectContaining({ code: 'IMAGE_UNREADABLE' }) as object },
      { image: missing, error: expect.objectContaining({ code: 'IMAGE_UNREADABLE' }) as object },
    ]);
    const [alone] = await pipeline.json<Prediction[]>(...predict, '--top', '1', good);
    expect(second).toEqual(alone);
    expect(second?.top).toHaveLength(1);
    expect(stderr).toMatch(
      /No prediction of 2 of 3:\n.*none\.jpg {2}IMAGE_UNREADABLE.*\n.*gone\.jpg.*ENOENT/,
    );
  });

  it.each([
    [[], 2, /USAGE[^]*images to predict/],
    [['--csv', '--jsonl', '.'], 2, /USAGE[^]*--jsonl and --csv/],
    [['--top', '4', 'shapes/val'], 2, /USAGE[^]*at most 3/],
    [['--list', 'gone.txt'], 2, /USAGE[^]*gone\.txt/],
    [['*.gif'], 1, /SOURCE_NOT_FOUND[^]*matches no file/],
  ])('refuses %j', async (args, expected, message) => {
    const { code, stderr } = await pipeline.alexnet([...predict, ...args]);
    expect([code, stderr]).toEqual([expected, expect.stringMatching(message)]);
  });
});
