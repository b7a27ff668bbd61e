import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brokenImages, imageFile, type Format } from '@alexnet/images/testing';
import { describe, expect, it } from 'vitest';
import { minioIsThere, TestPipeline } from '../support/pipeline.ts';

const FILES = 1_000;
const BROKEN = 50;
const CLASSES = ['cat', 'dog', 'eel', 'fox'];
const FORMATS: readonly Format[] = ['jpeg', 'progressive', 'png', 'gif', 'webp', 'tiff'];
/** Formats whose files are cut off in the middle, and those whose second half is made of zeros, as after a crash. */
const CUT: readonly Format[] = ['progressive', 'png', 'gif', 'webp', 'tiff', 'big tiff', 'avif'];
const ZEROED: readonly Format[] = ['jpeg', 'progressive', 'png', 'webp'];
/** Files of other kinds under the names of images. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  'page.jpg': '<!DOCTYPE html><html><body>404 Not Found</body></html>',
  'paper.jpg': '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n',
  'archive.jpg': 'PK\x03\x04\x14\0\0\0\0\0',
  'old.bmp': `BM${'\0'.repeat(60)}`,
  'phone.jpg': '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
};
/** Keys that servers take, and that programs which read them as addresses get wrong. */
const ODD_KEYS = [
  ...[
    'a b.png',
    'a+b.png',
    'a%20b.png',
    '%2F.png',
    '100%.png',
    'a?b=c.png',
    'a#b.png',
    'a&b.png',
    "it's.png",
  ],
  ...[
    '"quoted".png',
    'a;b.png',
    'a:b.png',
    '[1].png',
    '{2}.png',
    '(3).png',
    'größe.png',
    '日本.png',
    '😀.png',
  ],
  ...['a=b.png', 'trail.png '],
];

/** What a folder alone can hold is replaced by these in a bucket. */
const STUBS: Readonly<Record<string, string>> = {
  'stub.png': '\x89PNG\r\n\x1a\n',
  'stub.jpg': '\xff\xd8\xff\xe0\0\x10JFIF\0',
  'stub.gif': 'GIF89a\x10\0\x10\0',
};

type Files = [name: string, bytes: Buffer][];

/** A picture that no other is like. */
const picture = async (i: number, format: Format, side = 24): Promise<Buffer> =>
  await imageFile({ width: side + (i % 7), height: side + (i % 5), format }, (row, column) => [
    (row * 11 + i * 3) % 256,
    (column * 7 + (i >> 4)) % 256,
    ((row ^ column) * 5 + i) % 256,
  ]);

/** Files that are broken in one way each; each way has twins. */
async function brokenFiles(twin: number): Promise<Files> {
  const text = Buffer.from(`version ${twin}`);
  const whole = async (format: Format): Promise<Buffer> => await picture(5000 + twin, format, 96);
  const files: Files = (await brokenImages())
    .filter(({ name }) => name !== 'empty.jpg' || twin === 0)
    .map(({ name, bytes }) => [name, Buffer.concat([bytes, bytes.length === 0 ? bytes : text])]);
  if (twin > 0) files.push(['one-byte.jpg', Buffer.from([twin])]);
  for (const format of CUT) {
    const bytes = await whole(format);
    files.push([`cut ${format}.img`, bytes.subarray(0, Math.floor(bytes.length / 2))]);
  }
  for (const format of ZEROED) {
    const bytes = await whole(format);
    files.push([`zeroed ${format}.img`, Buffer.from(bytes).fill(0, Math.floor(bytes.length / 2))]);
  }
  for (const [name, content] of Object.entries(OTHER_KINDS))
    files.push([name, Buffer.concat([Buffer.from(content, 'latin1'), text])]);
  return files.map(([name, bytes]) => [`${twin}-${name}`, bytes]);
}

/** The sound ones, spread over the classes. */
async function soundFiles(count: number): Promise<Files> {
  const files: Files = [];
  for (let i = 0; i < count; i++) {
    const format = FORMATS[i % FORMATS.length] ?? 'png';
    files.push([`${CLASSES[i % CLASSES.length] ?? ''}/${i}.${format}`, await picture(i, format)]);
  }
  return files;
}

interface Shown {
  splits: { train: { count: number }; val: { count: number } };
  quarantined: { count: number; reasons: Record<string, number> };
}

const add = (source: string): string[] => [
  ...['dataset', 'add', source, '--name', 'thousand', '--shard-size', '128', '--follow'],
];

/** All files but the broken ones are in the dataset, and each of these has its reason. */
function expectWhole({ splits, quarantined }: Shown): void {
  expect(splits.train.count + splits.val.count).toBe(FILES - BROKEN);
  expect(quarantined.count).toBe(BROKEN);
  expect(Object.values(quarantined.reasons).reduce((sum, count) => sum + count, 0)).toBe(BROKEN);
  expect(Object.keys(quarantined.reasons)).not.toContain('INTERNAL');
}

/** Broken files among those of the classes, twice each. */
async function brokenTwice(): Promise<Files> {
  const broken = [...(await brokenFiles(0)), ...(await brokenFiles(1))];
  return broken.map(([name, bytes], i) => [`${CLASSES[i % CLASSES.length] ?? ''}/${name}`, bytes]);
}

describe(`${FILES} files, of which 50 are broken in 25 ways, are a dataset of the others`, () => {
  it('in a folder', async () => {
    const pipeline = await TestPipeline.start();
    try {
      await Promise.all([pipeline.worker(), pipeline.worker()]);
      const folder = path.join(pipeline.folder, 'thousand');
      for (const name of CLASSES) await mkdir(path.join(folder, name), { recursive: true });
      const broken = await brokenTwice();
      for (const twin of [0, 1]) {
        await symlink('nowhere', path.join(folder, `cat/link ${twin}.jpg`));
        await promisify(execFile)('mkfifo', [path.join(folder, `dog/pipe ${twin}.jpg`)]);
        const name = Buffer.concat([
          Buffer.from(path.join(folder, 'eel/caf')),
          Buffer.from([0xe9, 0x30 + twin]),
        ]);
        await writeFile(name, await picture(7000 + twin, 'png'));
      }
      expect(broken.length + 6).toBe(BROKEN);
      for (const [name, bytes] of [...broken, ...(await soundFiles(FILES - BROKEN))])
        await writeFile(path.join(folder, name), bytes);
      expectWhole(await pipeline.json<Shown>(...add(folder)));
      const { store } = await pipeline.library();
      const listed = (await store.get('datasets/thousand/quarantine.jsonl')).toString().trim().split('\n');
      expect(listed).toHaveLength(BROKEN);
    } finally {
      await pipeline.close();
    }
  });

  it.skipIf(!minioIsThere)('in a bucket of MinIO, with 20 odd keys', async () => {
    const pipeline = await TestPipeline.start('minio');
    try {
      await Promise.all([pipeline.worker(), pipeline.worker()]);
      const stubs = Object.entries(STUBS).flatMap(([name, content]): Files =>
        ['a', 'b'].map((twin) => [`fox/${twin}-${name}`, Buffer.from(content + twin, 'latin1')]),
      );
      const broken = [...(await brokenTwice()), ...stubs];
      expect(broken).toHaveLength(BROKEN);
      const odd = ODD_KEYS.map(async (name, i): Promise<Files[number]> => [
        `${CLASSES[i % CLASSES.length] ?? ''}/${name}`,
        await picture(6000 + i, 'png'),
      ]);
      expect(odd).toHaveLength(20);
      const files = [
        ...broken,
        ...(await Promise.all(odd)),
        ...(await soundFiles(FILES - BROKEN - odd.length)),
      ];
      const { store } = await pipeline.library();
      for (const [name, bytes] of files) await store.put(`sets/thousand/${name}`, bytes);
      expectWhole(await pipeline.json<Shown>(...add(`${store.url}/sets/thousand`)));
    } finally {
      await pipeline.close();
    }
  });
});
