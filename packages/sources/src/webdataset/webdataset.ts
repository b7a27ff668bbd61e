import { AlexnetError, periodicYield } from '@alexnet/core';
import { placeIn, plainPlace } from '../archives/place.ts';
import { walkTar } from '../archives/tar.ts';
import { formatProblem } from '../format-problem.ts';
import { labelDigits } from '../label-digits.ts';
import { labels } from '../labelled-tree.ts';
import { ReadAhead } from '../read-ahead.ts';
import { rangesOf } from '../ranges.ts';
import { readPlaced } from '../placed.ts';
import type { ContainerTree, Item, Source, SourceFile } from '../source.ts';
import { areSamples, readSamples, type Sample } from './samples.ts';
import type { ShardFile } from './shards.ts';

/** Shards that are walked side by side. */
const WALKS = 8;
/** Files that are looked at to tell samples from other tars. */
const LOOKED_AT = 64;
const NO_LABEL = {
  reason: 'no-label',
  detail: 'a sample without a label (.cls, or a field of .json)',
} as const;
const NO_IMAGE = { reason: 'missing', detail: 'a sample without an image' } as const;

/** Whether a file is a tar of samples, as far as its beginning can be read. */
export async function isShard(tree: ContainerTree, { file }: ShardFile): Promise<boolean> {
  const names: string[] = [];
  try {
    for await (const { name, type } of walkTar(new ReadAhead(rangesOf(tree, file)))) {
      if (type !== 'Directory') names.push(name);
      if (names.length === LOOKED_AT) break;
    }
  } catch (error) {
    if (!(error instanceof AlexnetError) || error.code !== 'FORMAT_INVALID') throw error;
  }
  return areSamples(names);
}

/**
 * WebDataset shards: samples of an image with its label as `.cls`, or as a field of `.json`. A class is called as the
 * samples say, or else by its number. Shards that this project wrote are read too.
 */
export class WebDataset implements Source {
  readonly url: string;
  readonly format: string;
  readonly isLabelled = true;
  readonly #tree: ContainerTree;
  readonly #shards: readonly ShardFile[];
  #words: ReadonlyMap<string, string> = new Map();

  constructor(tree: ContainerTree, shards: readonly ShardFile[]) {
    this.url = tree.url;
    this.format = `WebDataset, ${shards.length} ${shards.length === 1 ? 'shard' : 'shards'}`;
    this.#tree = tree;
    this.#shards = shards;
  }

  async *list(): AsyncGenerator<SourceFile> {
    const used = this.#shards.flatMap(({ file, split }) => (split === 'test' ? [] : [{ file, split }]));
    for (const { file, split } of this.#shards)
      if (split === 'test') yield { name: file.name, size: file.size };
    const samples: { shard: (typeof used)[number]; sample: Sample }[] = [];
    const maybeYield = periodicYield();
    for (let first = 0; first < used.length; first += WALKS) {
      const walked = used.slice(first, first + WALKS).map(async (shard) => {
        const found: typeof samples = [];
        for await (const sample of readSamples(rangesOf(this.#tree, shard.file)))
          found.push({ shard, sample });
        return found;
      });
      for (const found of await Promise.all(walked)) for (const each of found) samples.push(each);
    }
    const { nameOf, words } = namesOf(
      this.url,
      samples.map(({ sample }) => sample),
    );
    this.#words = words;
    const label = labels();
    for (const { shard, sample } of samples) {
      await maybeYield();
      const name = `${shard.file.name}/${sample.name}`;
      const className = nameOf(sample);
      if (sample.image === undefined) yield { name, size: 0, problem: NO_IMAGE };
      else if (className === undefined) yield { name, size: sample.image.size, problem: NO_LABEL };
      else {
        const at = placeIn(shard.file.name, plainPlace(sample.image));
        yield { name, size: sample.image.size, at, label: label(shard.split, className) };
      }
    }
  }

  async read(item: Item): Promise<Buffer> {
    return await readPlaced(this.#tree, item);
  }

  /** Known once it was listed. */
  words(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.#words);
  }

  async close(): Promise<void> {
    await this.#tree.close();
  }
}

/**
 * How the class of a sample is called: by its name, where every sample has one and no two numbers share one; else by its
 * number.
 * @throws FORMAT_INVALID where a number goes with two names
 */
function namesOf(
  url: string,
  samples: readonly Sample[],
): { nameOf: (sample: Sample) => string | undefined; words: ReadonlyMap<string, string> } {
  const named = new Map<number, string>();
  const numbered = new Map<string, number>();
  let most = 0;
  let isNamed = true;
  for (const { index, className } of samples) {
    if (index === undefined && className === undefined) continue;
    most = Math.max(most, index ?? 0);
    isNamed &&= className !== undefined;
    if (index === undefined || className === undefined) continue;
    // Two classes of ImageNet are called "crane".
    isNamed &&= (numbered.get(className) ?? index) === index;
    numbered.set(className, index);
    const before = named.get(index) ?? className;
    named.set(index, before);
    if (before === className) continue;
    throw formatProblem(url, {
      expected: 'one name for each label',
      actual: `the label ${index} with ${JSON.stringify(before)} and ${JSON.stringify(className)}`,
      remedy: 'Correct the .json files of the samples.',
    });
  }
  const digitsOf = labelDigits(most);
  return {
    nameOf: ({ index, className }) => (isNamed || index === undefined ? className : digitsOf(index)),
    words: new Map(isNamed ? [] : [...named].map(([index, name]) => [digitsOf(index), name])),
  };
}
