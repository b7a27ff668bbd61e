import { describe, expect, it } from 'vitest';
import { readLayout, type LayoutOptions } from './layout.ts';
import type { Source, SourceFile } from '../source.ts';

/** A source of these names; a list takes the place of many names: `['a/', 3]` has `a/0.png` to `a/2.png`. */
function sourceOf(names: readonly (string | SourceFile | readonly [string, number])[]): Source {
  const files = names.flatMap((name): SourceFile[] => {
    if (typeof name === 'string') return [{ name, size: 1 }];
    if ('name' in name) return [name];
    return Array.from({ length: name[1] }, (_, i) => ({ name: `${name[0]}${i}.png`, size: 1 }));
  });
  return {
    ...{ url: 'file:///source', format: 'a folder', isLabelled: false },
    async *list() {
      await Promise.resolve();
      yield* files;
    },
    read: () => Promise.reject(new Error('nothing is read')),
    close: () => Promise.resolve(),
  };
}

type Names = Parameters<typeof sourceOf>[0];

/** `SPLIT CLASS COUNT`, and what is left out. */
async function read(names: Names, options?: LayoutOptions): Promise<object> {
  const { classes, train, val, leftOut, dropped, strays } = await readLayout(sourceOf(names), options);
  const count = (files: ReadonlyMap<string, SourceFile[]>): Record<string, number> =>
    Object.fromEntries([...files].map(([name, { length }]) => [name, length]));
  return {
    classes,
    train: count(train),
    ...(val === undefined ? {} : { val: count(val) }),
    ...(dropped.length > 0 ? { dropped } : {}),
    ...(strays.length > 0 ? { strays: strays.map(({ name }) => name) } : {}),
    leftOut: leftOut.folders(),
    ignored: leftOut.reasons(),
  };
}

async function refusal(names: Names, options?: LayoutOptions): Promise<string> {
  const error: unknown = await readLayout(sourceOf(names), options).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'SOURCE_LAYOUT' });
  return String(error);
}

const catsAndDogs = (folder: string, count = 2): Names => [
  [`${folder}cat/`, count],
  [`${folder}dog/`, count],
];
const CATS_AND_DOGS = { cat: 2, dog: 2 };
const NOTHING = { leftOut: {}, ignored: {} };

describe('splits', () => {
  it.each([
    ['train', 'val'],
    ['Train', 'Val'],
    ['TRAIN', 'VAL'],
    ['training', 'validation'],
    ['Training', 'Valid'],
    ['train', 'dev'],
  ])('are %s and %s', async (train, val) => {
    expect(await read([...catsAndDogs(`${train}/`), ...catsAndDogs(`${val}/`, 1)])).toEqual({
      classes: ['cat', 'dog'],
      train: CATS_AND_DOGS,
      val: { cat: 1, dog: 1 },
      ...NOTHING,
    });
  });

  it.each(['train', 'Train', 'training'])('may be %s alone', async (train) => {
    expect(await read(catsAndDogs(`${train}/`))).toEqual({
      classes: ['cat', 'dog'],
      train: CATS_AND_DOGS,
      ...NOTHING,
    });
  });

  it.each(['test', 'Test', 'testing', 'test1', 'unsup', 'unlabeled', 'test_set', 'extra', 'more pictures'])(
    'leave %s out, with the number of its images',
    async (other) => {
      const names: Names = [...catsAndDogs('train/'), ...catsAndDogs('valid/', 1)];
      const expected = { classes: ['cat', 'dog'], train: CATS_AND_DOGS, val: { cat: 1, dog: 1 } };
      expect(await read([...names, [`${other}/cat/`, 3]])).toEqual({
        ...expected,
        leftOut: { [other]: 3 },
        ignored: {},
      });
      expect(await read([...names, [`${other}/`, 4], `${other}/list.txt`, 'LICENCE'])).toEqual({
        ...expected,
        leftOut: { [other]: 4 },
        ignored: { 'outside-classes': 2 },
      });
    },
  );

  it('are refused where two folders may be the same one', async () => {
    const train = catsAndDogs('train/');
    expect(await refusal([...train, ...catsAndDogs('val/'), ...catsAndDogs('valid/')])).toMatch(
      /2 folders that may be the val split: val\/ \(4 images in 2 folders\), valid\/ .* --train train --val val/,
    );
    expect(await refusal([...train, ...catsAndDogs('Train/')])).toMatch(
      /may be the train split: Train\/.*, train\/.*--train Train;/,
    );
    expect(await refusal([...train, ['training/', 3]])).toMatch(/may be the train split/);
    expect(await refusal([...train, ...catsAndDogs('val2017/')])).toMatch(/not clear.*--train DIR --val DIR/);
  });

  it.each([
    [
      'train and test',
      [
        ['train/', 4],
        ['test1/', 2],
      ],
      /train\/ \(4 images, no folders\), test1\/ \(2 images/,
    ],
    [
      'Train and Test',
      [
        ['Train/', 4],
        ['Test/', 2],
      ],
      /Train\/ .* Test\//,
    ],
    [
      'train, val and test',
      [
        ['train/', 4],
        ['val/', 2],
        ['test/', 2],
      ],
      /train\/CLASS\//,
    ],
    [
      'train_images and test_images',
      [
        ['train_images/', 4],
        ['test_images/', 2],
      ],
      /train_images\//,
    ],
    [
      'training_set and test_set',
      [
        ['training_set/', 4],
        ['test_set/', 2],
      ],
      /training_set\//,
    ],
    ['only train', [['train/', 4]], /train\/ \(4 images/],
    ['test beside classes', [['test/', 4], ...catsAndDogs('')], /test\/ .*beside cat\/, dog\//],
    [
      'train and test beside a class',
      [
        ['train/', 4],
        ['test/', 4],
        ['bus/', 4],
      ],
      /beside bus\//,
    ],
    ['val beside classes', [['val/', 4], ...catsAndDogs('')], /val\//],
  ] as const)('are refused where %s hold images without class folders', async (_, names, message) => {
    expect(await refusal(names)).toMatch(message);
  });

  it('are refused where val has images and no classes, or there is no train', async () => {
    expect(await refusal([...catsAndDogs('train/'), ['val/', 3]])).toMatch(/val\/ \(3 images, no folders\)/);
    expect(await refusal([...catsAndDogs('val/'), ...catsAndDogs('test/')])).toMatch(
      /without a train folder/,
    );
    expect(await refusal([...catsAndDogs('train_set/'), ...catsAndDogs('test_set/')])).toMatch(
      /--train train_set/,
    );
    expect(await refusal([...catsAndDogs('train/'), 'train/3.png'])).toMatch(/train\/3\.png/);
  });

  it('are refused where they hold files of another kind', async () => {
    expect(await refusal(['train/0.tfrecord', 'val/0.tfrecord', 'list.txt'])).toMatch(
      /train\/, val\/ without a file that may be an image/,
    );
  });

  it('are refused where one cannot be listed', async () => {
    const problem = { reason: 'unreadable', detail: 'EACCES' } as const;
    expect(await refusal([...catsAndDogs('train/'), { name: 'val/', size: 0, problem }])).toMatch(/EACCES/);
  });
});

describe('named splits', () => {
  const names: Names = [
    ...catsAndDogs('set/a/'),
    ...catsAndDogs('set/b/', 1),
    ['set/c/', 3],
    ['d/', 4],
    '1.png',
  ];

  it('are read as they are named, and the rest is counted', async () => {
    expect(await read(names, { train: 'set/a', val: 'set/b' })).toEqual({
      classes: ['cat', 'dog'],
      train: CATS_AND_DOGS,
      val: { cat: 1, dog: 1 },
      leftOut: { 'set/c': 3, d: 4 },
      ignored: { 'outside-classes': 1 },
    });
    expect(await read(names, { train: 'set/b' })).toMatchObject({ train: { cat: 1, dog: 1 } });
  });

  it('may be the source itself, whatever its folders are called', async () => {
    const flat: Names = [
      ['train/', 4],
      ['test/', 2],
      ['masks/', 2],
      ['images/', 2],
    ];
    expect(await read(flat, { train: '' })).toMatchObject({
      classes: ['images', 'masks', 'test', 'train'],
      train: { train: 4, test: 2 },
    });
    expect(await read([...catsAndDogs(''), ...catsAndDogs('val/', 1)], { train: '', val: 'val' })).toEqual({
      classes: ['cat', 'dog'],
      train: CATS_AND_DOGS,
      val: { cat: 1, dog: 1 },
      ...NOTHING,
    });
  });

  it('must be there', async () => {
    expect(await refusal(names, { train: 'set/x' })).toMatch(/nothing in set\/x\/; its folders are set, d/);
    expect(await refusal(names, { train: 'set/a', val: 'e' })).toMatch(/nothing in e\//);
  });
});

describe('classes', () => {
  it.each([
    [
      [
        ['train/', 4],
        ['bus/', 3],
        ['plane/', 2],
      ],
      ['bus', 'plane', 'train'],
    ],
    [
      [
        ['Train/', 4],
        ['Bus/', 3],
      ],
      ['Bus', 'Train'],
    ],
    [
      [
        ['train/', 4],
        ['train/steam/', 2],
        ['bus/', 3],
      ],
      ['bus', 'train'],
    ],
    [
      [
        ['valid/', 4],
        ['invalid/', 3],
      ],
      ['invalid', 'valid'],
    ],
    [
      [
        ['trainer/', 4],
        ['testament/', 3],
        ['devil/', 1],
      ],
      ['devil', 'testament', 'trainer'],
    ],
    [
      [
        ['a/', 1],
        ['b/deep/er/', 1],
      ],
      ['a', 'b'],
    ],
    // The same numbers in each class are usual, and so is one folder of the same name.
    [
      [
        ['a/images/', 5],
        ['b/images/', 5],
        ['a/', 3],
        ['b/', 3],
      ],
      ['a', 'b'],
    ],
    [
      [
        ['images/', 3],
        ['drawings/', 3],
      ],
      ['drawings', 'images'],
    ],
    [
      [
        ['animals/cat/', 3],
        ['animals/dog/', 3],
        ['cars/bus/', 3],
        ['cars/van/', 3],
      ],
      ['animals', 'cars'],
    ],
  ] as const)('are the folders of %j', async (names, classes) => {
    expect((await readLayout(sourceOf(names))).classes).toEqual(classes);
  });

  it.each([
    ['fold1/', 'fold2/'],
    ['set_a/', 'set_b/'],
    ['2012/', '2013/'],
    ['train/first/', 'train/second/'],
  ])('are not %s and %s with the same folders in each', async (first, second) => {
    expect(await refusal([...catsAndDogs(first), ...catsAndDogs(second)])).toMatch(
      /with the same folders in each \(cat, dog\).*--train \S+ --val/,
    );
  });

  it.each([
    ['images', 'masks'],
    ['Images', 'Annotations'],
    ['JPEGImages', 'SegmentationClass'],
    ['imgs', 'labels'],
    ['train/images', 'train/labels'],
    ['photographs', 'photograph_masks'],
  ])('are not %s next to %s', async (images, masks) => {
    expect(
      await refusal([
        [`${images}/`, 3],
        [`${masks}/`, 3],
      ]),
    ).toMatch(/next to .*look like images/);
  });

  it('are not files whose names are those of masks', async () => {
    const names = ['x/1.jpg', 'x/2.jpg', 'gt/1_mask.png', 'gt/2_mask.png'];
    expect(await refusal(names)).toMatch(/x\/ next to gt\//);
    expect((await readLayout(sourceOf(['x/1.jpg', 'x/2.jpg', 'gt/3.jpg', 'gt/4.jpg']))).classes).toEqual([
      'gt',
      'x',
    ]);
  });

  it.each([
    [['cat/train', 'cat/test', 'dog/train', 'dog/test'], /splits in each \(train, test\).*train\/cat\//],
    [['cats_train', 'cats_test'], /cats_train\/, cats_test\/.*--train cats_train --val cats_test/],
    [['Test-cats', 'Train-cats', 'Train-dogs'], /--train Train-cats --val Test-cats/],
    [['cat/images', 'cat/masks', 'dog/images', 'dog/masks'], /the same folders in each \(images, masks\)/],
  ])('are not %j', async (folders, message) => {
    expect(await refusal(folders.map((folder) => [`${folder}/`, 2] as const))).toMatch(message);
  });

  it('are not images with masks beside them, unless there are few', async () => {
    const masked = ['a/1.png', 'a/1_mask.png', 'a/2.png', 'a/2_mask.png', 'b/3.png', 'b/3_mask_1.png'];
    expect(await refusal(masked)).toMatch(
      /3 images with a mask beside them, such as a\/1\.png, a\/1_mask\.png/,
    );
    expect(await read([...masked.slice(0, 2), ...catsAndDogs('', 4)])).toMatchObject({ train: { a: 2 } });
    expect(await read(masked, { train: '' })).toMatchObject({ train: { a: 4, b: 2 } });
  });

  it('are named as JSON where a terminal would obey their characters', async () => {
    expect(await refusal(['\u001b[2J/1.png', '\u001b[2J /2.png'])).toMatch(/\(U\+001B/);
    expect(await refusal(['\u001b[2J/1.png'])).toMatch(/only the class folder "\\u001b\[2J"/);
  });

  it('are told from a folder around everything', async () => {
    expect(await refusal(catsAndDogs('pets/'))).toMatch(
      /only the class folder pets, in which are cat, dog.*file:\/\/\/source\/pets/,
    );
  });

  it('have names that can be told apart, in one split and across both', async () => {
    const spelled =
      /"café" \(U\+0063 U\+0061 U\+0066 U\+0065 U\+0301\).*"café" \(U\+0063 U\+0061 U\+0066 U\+00E9\)/;
    expect(await refusal(['cafe\u0301/1.png', 'caf\u00e9/2.png', 'tea/3.png'])).toMatch(
      new RegExp(spelled.source.normalize('NFC').replace('"café"', '"cafe\u0301"')),
    );
    expect(await refusal(['train/cafe\u0301/1.png', 'train/tea/2.png', 'val/caf\u00e9/3.png'])).toMatch(
      /U\+0301.*U\+00E9/,
    );
    expect(await refusal(['cat/1.png', 'cat /2.png', 'dog/3.png'])).toMatch(/U\+0074 U\+0020/);
    expect(await refusal(['train/Cat/1.png', 'train/dog/2.png', 'val/cat/3.png'])).toMatch(
      /letter case between train and val: Cat, cat/,
    );
    expect((await readLayout(sourceOf(['Cat/1.png', 'cat/2.png']))).classes).toEqual(['Cat', 'cat']);
  });

  it('have an image, or are dropped where that is asked for', async () => {
    const problem = { reason: 'dangling-link', detail: 'nothing there' } as const;
    const empty: Names = [...catsAndDogs(''), 'emu/', { name: 'fox/1.png', size: 0, problem }];
    expect(await refusal(empty)).toMatch(/2 classes without an image.*: emu, fox.*--drop-empty-classes/);
    expect(await refusal([...catsAndDogs(''), { name: 'emu/', size: 0, problem }])).toMatch(/: emu/);
    expect(await refusal([...catsAndDogs(''), { name: 'emu', size: 0, problem }])).toMatch(/: emu/);
    expect(await refusal([...catsAndDogs(''), 'docs/a.txt', 'docs/b.html'])).toMatch(
      /a class without.*: docs/,
    );
    const onlyVal: Names = [...catsAndDogs('train/'), ['val/emu/', 3], ['val/cat/', 1], 'val/gnu/'];
    expect(await refusal(onlyVal)).toMatch(/train does not have: emu\..*--drop-empty-classes/);
    expect(await read(onlyVal, { dropEmptyClasses: true })).toEqual({
      classes: ['cat', 'dog'],
      train: CATS_AND_DOGS,
      val: { cat: 1 },
      dropped: ['emu'],
      leftOut: { 'val/emu': 3 },
      ignored: {},
    });
  });
});

it('keeps items that cannot be read where they are, also those in no class', async () => {
  const problem = { reason: 'unreadable', detail: 'EIO' } as const;
  const broken = ['cat/3.png', 'cat/sub/', '4.png', '/5.png'].map((name) => ({ name, size: 0, problem }));
  expect(await read([...catsAndDogs(''), ...broken, { name: 'list.txt', size: 0, problem }])).toEqual({
    classes: ['cat', 'dog'],
    train: { cat: 4, dog: 2 },
    strays: ['4.png', '/5.png'],
    leftOut: {},
    ignored: { 'outside-classes': 1 },
  });
});
