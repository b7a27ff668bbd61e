import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLayout } from '../layout/layout.ts';
import { openSource } from '../open.ts';
import { tarOf } from '../testing-archives.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-imagenet-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, Buffer | string>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }
}

/** `SPLIT CLASS NAME` of each image; reads nothing of the images. */
async function layoutOf(): Promise<string[]> {
  const source = await openSource(folder);
  try {
    const { train, val } = await readLayout(source);
    return [...lines('train', train), ...lines('val', val ?? new Map())].sort();
  } finally {
    await source.close();
  }
}

const lines = (split: string, classes: ReadonlyMap<string, readonly { name: string }[]>): string[] =>
  [...classes].flatMap(([name, files]) => files.map((file) => `${split} ${name} ${file.name}`));

const refused = { code: 'SOURCE_LAYOUT' };
const [FISH, BIRD] = ['n01440764', 'n02012849'];
const VAL = ['ILSVRC2012_val_00000001.JPEG', 'ILSVRC2012_val_00000002.JPEG'];

describe('ImageNet as published', () => {
  const trainTar = tarOf(
    [BIRD, FISH].map((wnid) => ({
      name: `${wnid}.tar`,
      body: tarOf([{ name: `${wnid}_1.JPEG`, body: 'x' }]),
    })),
  );

  it('is read without validation images, which --val-fraction then holds out', async () => {
    await write({ 'ILSVRC2012_img_train.tar': trainTar });
    expect(await layoutOf()).toEqual([
      `train ${FISH} ${FISH}.tar/${FISH}_1.JPEG`,
      `train ${BIRD} ${BIRD}.tar/${BIRD}_1.JPEG`,
    ]);
  });

  it('is refused with validation images that nothing says the classes of', async () => {
    await write({
      'ILSVRC2012_img_train.tar': trainTar,
      'ILSVRC2012_img_val.tar': tarOf(VAL.map((name) => ({ name, body: 'x' }))),
    });
    await expect(layoutOf()).rejects.toMatchObject({
      ...refused,
      remedy: 'Put ILSVRC2012_devkit_t12.tar.gz beside them.',
    });
  });

  it('is refused where a class tar and a class folder lie side by side', async () => {
    await write({
      [`${FISH}.tar`]: tarOf([{ name: `${FISH}_1.JPEG`, body: 'x' }]),
      [`${BIRD}/${BIRD}_1.JPEG`]: 'x',
    });
    await expect(layoutOf()).rejects.toMatchObject(refused);
  });

  it('counts the tar of test images as not used', async () => {
    await write({
      'ILSVRC2012_img_train.tar': trainTar,
      'ILSVRC2012_img_test_v10102019.tar': tarOf([{ name: 'test/ILSVRC2012_test_00000001.JPEG', body: 'x' }]),
    });
    const source = await openSource(folder);
    expect((await readLayout(source)).leftOut.reasons()).toEqual({ 'outside-classes': 1 });
    await source.close();
  });

  it('is refused where a development kit is damaged', async () => {
    await write({
      'ILSVRC2012_img_train.tar': trainTar,
      'ILSVRC2012_img_val.tar': tarOf(VAL.map((name) => ({ name, body: 'x' }))),
      'ILSVRC2012_devkit_t12/data/meta.mat': 'no MAT-file',
      'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt': '1\n2\n',
    });
    await expect(layoutOf()).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
  });
});

describe('ImageNet from Kaggle', () => {
  const images = {
    [`ILSVRC/Data/CLS-LOC/train/${FISH}/${FISH}_1.JPEG`]: 'x',
    [`ILSVRC/Data/CLS-LOC/train/${BIRD}/${BIRD}_1.JPEG`]: 'x',
    ...Object.fromEntries(VAL.map((name) => [`ILSVRC/Data/CLS-LOC/val/${name}`, 'x'])),
  };

  it('goes by the list, whatever its order', async () => {
    const rows = ['ImageId,PredictionString', `ILSVRC2012_val_00000002,${FISH} 1 2 3 4 `];
    await write({
      ...images,
      'LOC_val_solution.csv': [...rows, `ILSVRC2012_val_00000001,${BIRD} 1 2 3 4`].join('\r\n'),
    });
    expect((await layoutOf()).slice(2)).toEqual([
      `val ${FISH} ILSVRC/Data/CLS-LOC/val/${VAL[1] ?? ''}`,
      `val ${BIRD} ILSVRC/Data/CLS-LOC/val/${VAL[0] ?? ''}`,
    ]);
  });

  it('is refused without the list, and with a list that lacks an image', async () => {
    await write(images);
    await expect(layoutOf()).rejects.toMatchObject(refused);
    await write({
      'LOC_val_solution.csv': `ImageId,PredictionString\nILSVRC2012_val_00000002,${FISH} 1 2 3 4\n`,
    });
    await expect(layoutOf()).rejects.toMatchObject({
      ...refused,
      actual: expect.stringContaining('which is not in LOC_val_solution.csv') as string,
    });
  });
});

describe('Tiny ImageNet', () => {
  it('is refused where an image of val is not in the list', async () => {
    await write({
      'wnids.txt': `${FISH}\n${BIRD}\n`,
      [`train/${FISH}/images/${FISH}_0.JPEG`]: 'x',
      [`train/${BIRD}/images/${BIRD}_0.JPEG`]: 'x',
      'val/images/val_0.JPEG': 'x',
      'val/val_annotations.txt': `val_1.JPEG\t${FISH}\t0\t0\t9\t9\n`,
    });
    await expect(layoutOf()).rejects.toMatchObject(refused);
  });
});
