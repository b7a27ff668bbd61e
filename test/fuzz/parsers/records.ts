import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ItemUnreadable, openSource, type SourceFile } from '@alexnet/sources';
import { idxFile } from '@alexnet/datasets/testing';
import { raw } from '../parser.ts';
import type { Document, Parser } from '../parser.ts';

/** Files of a published dataset; the inputs take the place of one at a time. */
function recordParser(
  name: string,
  files: Readonly<Record<string, Buffer>>,
  forms: Document['form'] = 'bytes',
): Parser {
  const names = Object.keys(files);
  return {
    name,
    open(folder) {
      mkdirSync(folder, { recursive: true });
      for (const [file, bytes] of Object.entries(files)) writeFileSync(path.join(folder, file), bytes);
      return {
        documents: names.map((file) => ({ ...raw(files[file] ?? Buffer.alloc(0)), form: forms })),
        async read(bytes, document) {
          const file = names[document] ?? '';
          const place = path.join(folder, file);
          writeFileSync(place, bytes);
          try {
            await readItems(folder);
          } finally {
            writeFileSync(place, files[file] ?? '');
          }
        },
      };
    },
  };
}

const MOST_READS = 8;

/** Lists a source, and reads the first of its items, as far as each can be. */
export async function readItems(url: string): Promise<void> {
  const source = await openSource(url);
  try {
    const items: SourceFile[] = [];
    for await (const item of source.list()) {
      const { problem, clutter, label } = item;
      const isUsed =
        problem === undefined && clutter === undefined && (!source.isLabelled || label !== undefined);
      if (items.length < MOST_READS && isUsed) items.push(item);
    }
    for (const { name, at } of items) {
      try {
        await source.read({ name, at });
      } catch (error) {
        if (!(error instanceof ItemUnreadable)) throw error;
      }
    }
  } finally {
    await source.close();
  }
}

const images = idxFile([3, 2, 2], [0, 1, 2, 3, 50, 50, 50, 50, 90, 90, 90, 90]);
const labels = idxFile([3], [7, 12, 7]);
const record = Buffer.alloc(3073, 3);

export const records: readonly Parser[] = [
  recordParser('idx', { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels }),
  recordParser('idx-gzip', {
    'train-images-idx3-ubyte.gz': gzipSync(images),
    'train-labels-idx1-ubyte.gz': gzipSync(labels),
  }),
  recordParser('cifar-10', {
    ...Object.fromEntries([1, 2, 3, 4, 5].map((number) => [`data_batch_${number}.bin`, record])),
    'batches.meta.txt': Buffer.from('a b c d e f g h i j'.replaceAll(' ', '\n')),
  }),
  recordParser('cifar-100', {
    'train.bin': Buffer.alloc(3074, 3),
    'test.bin': Buffer.alloc(3074, 4),
    'fine_label_names.txt': Buffer.from(Array.from({ length: 100 }, (_, i) => `class ${i}`).join('\n')),
  }),
  recordParser('emnist', {
    'emnist-letters-train-images-idx3-ubyte': images,
    'emnist-letters-train-labels-idx1-ubyte': labels,
    'emnist-letters-mapping.txt': Buffer.from('7 71 103\n12 76 108\n'),
  }),
];
