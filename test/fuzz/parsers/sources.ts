import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { folderStaging, openReader, openSource, readLayout } from '@alexnet/sources';
import { tarOf, zipOf } from '@alexnet/sources/testing';
import { isForged, raw } from '../parser.ts';
import type { Document, Parser } from '../parser.ts';

/** What is read of each source: enough to come to every place that a container may name. */
const MOST_READS = 4;

/** A source of these files; the inputs take the place of those that are named, one at a time. */
function sourceParser(
  name: string,
  files: Readonly<Record<string, Buffer>>,
  changed: readonly string[],
  form: Document['form'] = 'bytes',
): Parser {
  return {
    name,
    async open(folder) {
      const root = path.join(folder, 'source');
      const write = (file: string, bytes: Buffer): void => {
        mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
        writeFileSync(path.join(root, file), bytes);
      };
      for (const [file, bytes] of Object.entries(files)) write(file, bytes);
      const staged = path.join(folder, 'staged');
      mkdirSync(staged);
      const staging = await folderStaging(staged);
      return {
        documents: changed.map((file) => ({ ...raw(files[file] ?? Buffer.alloc(0)), form })),
        async read(bytes, document) {
          const file = changed[document] ?? '';
          write(file, isForged(bytes) ? withChecksums(bytes) : bytes);
          try {
            await readSome(root, staging);
          } finally {
            write(file, files[file] ?? Buffer.alloc(0));
            for (const each of readdirSync(staged)) rmSync(path.join(staged, each));
          }
        },
      };
    },
  };
}

const BLOCK = 512;

/** With the checksum of every header of a tar made right, which else nearly every change would be noticed by. */
function withChecksums(bytes: Buffer): Buffer {
  const repaired = Buffer.from(bytes);
  for (let at = 0; at + BLOCK <= repaired.length; at += BLOCK) {
    const block = repaired.subarray(at, at + BLOCK);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return repaired;
}

async function readSome(root: string, staging: Awaited<ReturnType<typeof folderStaging>>): Promise<void> {
  const source = await openSource(root, { staging });
  try {
    const { train } = await readLayout(source, { train: source.isLabelled ? undefined : '' });
    const reader = await openReader(root, { staging });
    const files = [...train.values()].flat().filter(({ problem }) => problem === undefined);
    for (const file of files.slice(0, MOST_READS)) await reader.read(file);
    await reader.close();
  } finally {
    await source.close();
  }
}

const [FISH, BIRD] = ['n01440764', 'n02012849'];
const picture = Buffer.from('the bytes of a picture');
const tar = tarOf([
  { name: 'set/cat/1.jpg', body: picture },
  { name: 'set/cat/2.jpg', type: 'Link', link: 'set/cat/1.jpg' },
  { name: 'set/dog/3.jpg', type: 'SymbolicLink', link: '../cat/1.jpg' },
  { name: 'set/dog/4.jpg', body: picture },
]);
const classTar = (wnid: string): Buffer => tarOf([{ name: `${wnid}_1.JPEG`, body: picture }]);
const published = {
  'ILSVRC2012_img_train.tar': tarOf(
    [FISH, BIRD].map((wnid) => ({ name: `${wnid}.tar`, body: classTar(wnid) })),
  ),
  'ILSVRC2012_img_val.tar': tarOf(
    ['1', '2'].map((i) => ({ name: `ILSVRC2012_val_0000000${i}.JPEG`, body: picture })),
  ),
  'devkit/data/meta.mat': readFileSync(new URL('../fixtures/meta.mat', import.meta.url)),
  'devkit/data/ILSVRC2012_validation_ground_truth.txt': Buffer.from('1\n2\n'),
};
const samples = ['0', '1', '2'].flatMap((key) => [
  { name: `${key}.jpg`, body: picture },
  { name: `${key}.cls`, body: key },
  { name: `${key}.json`, body: JSON.stringify({ class: `class ${key}` }) },
]);

export const sources: readonly Parser[] = [
  sourceParser('tar', { 'a.tar': tar }, ['a.tar']),
  sourceParser('tar-gzip', { 'a.tar.gz': gzipSync(tar) }, ['a.tar.gz']),
  sourceParser(
    'zip',
    {
      'a.zip': zipOf([
        { name: 'set/cat/1.jpg', body: picture },
        { name: 'set/dog/2.jpg', body: picture, deflated: true },
      ]),
    },
    ['a.zip'],
  ),
  sourceParser('webdataset', { 'train-0.tar': tarOf(samples) }, ['train-0.tar']),
  sourceParser('imagenet-tars', published, ['ILSVRC2012_img_train.tar', 'ILSVRC2012_img_val.tar']),
  sourceParser('imagenet-devkit', published, [
    'devkit/data/meta.mat',
    'devkit/data/ILSVRC2012_validation_ground_truth.txt',
  ]),
  sourceParser(
    'imagenet-kaggle',
    {
      [`ILSVRC/Data/CLS-LOC/train/${FISH}/1.JPEG`]: picture,
      [`ILSVRC/Data/CLS-LOC/train/${BIRD}/1.JPEG`]: picture,
      'ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG': picture,
      'LOC_val_solution.csv': Buffer.from(
        `ImageId,PredictionString\nILSVRC2012_val_00000001,${FISH} 1 2 3 4 \n`,
      ),
      'LOC_synset_mapping.txt': Buffer.from(`${FISH} tench, Tinca tinca\n${BIRD} crane\n`),
    },
    ['LOC_val_solution.csv', 'LOC_synset_mapping.txt'],
  ),
  sourceParser(
    'tiny-imagenet',
    {
      'wnids.txt': Buffer.from(`${FISH}\n${BIRD}\n`),
      'words.txt': Buffer.from(`${FISH}\ttench\n${BIRD}\tcrane\n`),
      [`train/${FISH}/images/1.JPEG`]: picture,
      [`train/${BIRD}/images/1.JPEG`]: picture,
      'val/images/val_0.JPEG': picture,
      'val/val_annotations.txt': Buffer.from(`val_0.JPEG\t${FISH}\t0\t0\t9\t9\n`),
    },
    ['val/val_annotations.txt', 'wnids.txt', 'words.txt'],
  ),
];
