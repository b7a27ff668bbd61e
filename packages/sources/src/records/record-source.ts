import { AlexnetError } from '@alexnet/core';
import { encodePng } from '@alexnet/images';
import { LRUCache } from 'lru-cache';
import { findCifar10, findCifar100 } from './cifar.ts';
import { findEmnist } from './emnist.ts';
import { findIdx } from './idx.ts';
import type { Records, RecordSet, RecordSplit } from './records.ts';
import type { Entry, FileTree, Item, Source, SourceFile } from '../source.ts';
import type { Split } from '../splits.ts';

/** Of a record's number in its name; more where there are more records. */
const LEAST_DIGITS = 5;
const MOST_ENTRIES = 1000;

/**
 * Splits read lately. A worker opens the source again for each shard, and would read and inflate all the files of a
 * split for 1,024 of its images. Both splits of CIFAR-10 fit; they are let go of when no shard has asked for a minute.
 */
const recent = new LRUCache<string, Records>({
  maxSize: 256 * 1024 ** 2,
  sizeCalculation: ({ labels, size }) => labels.length * size,
  ttl: 60_000,
  updateAgeOnGet: true,
  ttlAutopurge: true,
});

/**
 * The images in the files of a published dataset, where the source has such files directly in it.
 * @param root what lies directly in the source
 * @returns undefined for any other source
 * @throws SOURCE_LAYOUT where some of the files are missing, or files of two datasets lie there
 */
export async function openRecords(source: FileTree, root?: readonly Entry[]): Promise<Source | undefined> {
  const entries = root ?? (await source.entries('', MOST_ENTRIES));
  const looked = await Promise.all([
    findIdx(source),
    findCifar10(source),
    findCifar100(source),
    findEmnist(source, entries),
  ]);
  const sets = looked.filter((set) => set !== undefined);
  const [set] = sets;
  if (sets.length > 1) {
    throw new AlexnetError('SOURCE_LAYOUT', {
      expected: `the files of one dataset in ${source.url}`,
      actual: `those of several: ${sets.map(({ format }) => format).join('; ')}`,
      remedy: 'Put them into folders of their own.',
    });
  }
  return set && new RecordSource(source, set);
}

/** The place of a record: its name says which it is. */
const RECORD = '@record';

/** Whether an item is a record, which only its dataset can read. */
export const isRecord = ({ at }: Item): boolean => at === RECORD;

/** The records of a split with the names that they have as image files. */
interface NamedRecords {
  records: Records;
  nameOf: (index: number) => string;
}

/**
 * Records as image files: `SPLIT/CLASS/00017.png` is the record 17, counted from 0, of its split. The files of a split
 * are read when the first of its images is; they stay in memory until this is closed, and in {@link recent} for longer.
 */
class RecordSource implements Source {
  readonly url: string;
  readonly format: string;
  readonly isLabelled = false;
  readonly #source: Source;
  readonly #set: RecordSet;
  readonly #opened = new Map<Split, Promise<NamedRecords>>();

  constructor(source: Source, set: RecordSet) {
    this.url = source.url;
    this.format = set.format;
    this.#source = source;
    this.#set = set;
  }

  async *list(): AsyncGenerator<SourceFile> {
    for (const [split, files] of this.#set.splits) {
      const { records, nameOf } = await this.#open(split, files);
      for (const index of records.labels.keys())
        yield { name: nameOf(index), size: records.size, at: RECORD };
    }
  }

  /** The image as a PNG. @throws OBJECT_NOT_FOUND for a name that `list` does not give, FORMAT_INVALID */
  async read({ name }: Item): Promise<Buffer> {
    const index = Number(/(\d+)\.png$/.exec(name)?.[1]);
    for (const [split, files] of this.#set.splits) {
      if (!name.startsWith(`${split}/`)) continue;
      const { records, nameOf } = await this.#open(split, files);
      if (index < records.labels.length && nameOf(index) === name)
        return await encodePng(records.pixels(index), records);
    }
    throw new AlexnetError('OBJECT_NOT_FOUND', {
      expected: `an image ${name} in ${this.url}`,
      actual: 'no record that has this name',
      remedy: 'Were the files changed since the dataset was planned? Remove the dataset and add it again.',
    });
  }

  async close(): Promise<void> {
    this.#opened.clear();
    await this.#source.close();
  }

  #open(split: Split, files: RecordSplit): Promise<NamedRecords> {
    const opening = this.#opened.get(split) ?? this.#load(split, files);
    this.#opened.set(split, opening);
    return opening;
  }

  async #load(split: Split, files: RecordSplit): Promise<NamedRecords> {
    const [records, className] = await Promise.all([this.#read(files), this.#set.naming()]);
    const { labels } = records;
    const digits = Math.max(LEAST_DIGITS, String(labels.length - 1).length);
    const nameOf = (index: number): string =>
      `${split}/${className(labels[index] ?? NaN)}/${String(index).padStart(digits, '0')}.png`;
    return { records, nameOf };
  }

  async #read({ files, read }: RecordSplit): Promise<Records> {
    const key = JSON.stringify([this.url, files]);
    const known = recent.get(key);
    if (known !== undefined) return known;
    const records = await read();
    recent.set(key, records);
    return records;
  }
}
