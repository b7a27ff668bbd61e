import { periodicYield } from '@alexnet/core';
import { HASH_BYTES } from '@alexnet/images';
import type { Split } from '@alexnet/sources';
import * as z from 'zod';
import { groupEqual, type EqualGroups } from './equal-groups.ts';
import { FINGERPRINT } from './fingerprints.ts';
import { NearSearch, type Nearest } from './near-search.ts';

const whole = z.number().int().nonnegative();
const Groups = z.object({ groups: whole, images: whole });

/** How many copies of images a dataset has. */
export const DuplicateCounts = z.object({
  /** Groups of files with equal bytes, and the images in them. */
  bytes: Groups,
  /** Groups of images with equal pixels whose files differ. */
  pixels: Groups,
  /** Pairs of an image of train and one of val that are near copies. */
  near: whole,
  /** Groups and pairs with images of different classes. */
  conflicts: whole,
  /** Images of a split that have a copy of any kind in the other. */
  leaks: z.object({ train: whole, val: whole }),
  /** Images with too little structure to be looked for near copies of. */
  plain: whole,
  /** Images that were not looked at: an earlier version wrote their shards. */
  unknown: whole,
});
export type DuplicateCounts = z.infer<typeof DuplicateCounts>;

export const COPY_KINDS = ['bytes', 'pixels', 'near'] as const;

/** Images that are copies of each other. */
export interface Copies {
  kind: (typeof COPY_KINDS)[number];
  /** Places of the images: of each split from 0 on, in the order in which they were added. */
  images: readonly SplitPlace[];
  /** Bits in which the perceptual hashes differ; of near copies only. */
  distance?: number;
  isLeak: boolean;
  /** Whether they are of different classes. */
  isConflict: boolean;
}

export interface SplitPlace {
  split: Split;
  place: number;
}

export interface Duplicates {
  counts: DuplicateCounts;
  /** Groups of equal files, then of equal pixels, then pairs of near copies, each in the order of their first images. */
  copies(): AsyncGenerator<Copies>;
  /** Places in train, ascending, of the images that have a copy in val. */
  leaked(): AsyncGenerator<number>;
}

/**
 * Finds the copies among the images of a dataset. The result is a function of the images and their order in each split: not
 * of the shards that they come in.
 *
 * A pair of near copies is listed if one of the two has no nearer copy in the other split, so that a thousand pictures of the
 * same thing are no million pairs.
 */
export class DuplicateSearch {
  readonly #prints: Record<Split, { place: number; prints: Buffer }[]> = { train: [], val: [] };
  readonly #added: Record<Split, number> = { train: 0, val: 0 };
  #unknown = 0;

  /** Adds the next images of a split. @param prints fingerprints, one after the other; undefined where there are none */
  add(split: Split, count: number, prints: Buffer | undefined): void {
    if (prints === undefined) this.#unknown += count;
    else this.#prints[split].push({ place: this.#added[split], prints });
    this.#added[split] += count;
  }

  /** Memory: some 200 bytes an image, beside the 68 of its fingerprint. @throws the signal's reason */
  async find(signal?: AbortSignal): Promise<Duplicates> {
    const items = await this.#items();
    const bytes = await groupEqual(items.files);
    const pixels = await groupEqual(items.pixels);
    const leaks = await equalAcross(pixels, items);
    const near = await nearAcross(items, signal);
    const found = new Found(items, { bytes, pixels, leaks, near });
    return {
      counts: { ...(await found.count()), plain: items.plain, unknown: this.#unknown },
      copies: () => found.copies(),
      leaked: () => found.leaked(),
    };
  }

  async #items(): Promise<Items> {
    const all = [...this.#prints.train, ...this.#prints.val];
    const sizeOf = (shards: typeof all): number =>
      shards.reduce((sum, { prints }) => sum + prints.length / FINGERPRINT.bytes, 0);
    const [train, count] = [sizeOf(this.#prints.train), sizeOf(all)];
    const items: Items = {
      train,
      count,
      places: new Uint32Array(count),
      labels: new Uint32Array(count),
      files: new Uint32Array(count * 4),
      pixels: new Uint32Array(count * 4),
      hashes: Buffer.alloc(count * HASH_BYTES),
      plain: 0,
    };
    const maybeYield = periodicYield();
    let item = 0;
    for (const { place, prints } of all) {
      for (let at = 0; at < prints.length; at += FINGERPRINT.bytes, item++) {
        await maybeYield();
        items.places[item] = place + at / FINGERPRINT.bytes;
        items.labels[item] = prints.readUInt32LE(at + FINGERPRINT.label);
        for (let word = 0; word < 4; word++) {
          items.files[item * 4 + word] = prints.readUInt32LE(at + word * 4);
          items.pixels[item * 4 + word] = prints.readUInt32LE(at + FINGERPRINT.pixels + word * 4);
        }
        prints.copy(items.hashes, item * HASH_BYTES, at + FINGERPRINT.hash, at + FINGERPRINT.label);
        if (isPlain(items, item)) items.plain++;
      }
    }
    return items;
  }
}

/** The images that have fingerprints, numbered from 0 on: first those of train. */
interface Items {
  train: number;
  count: number;
  /** In the split. */
  places: Uint32Array;
  labels: Uint32Array;
  /** Digests of files and of pixels, four words each. */
  files: Uint32Array;
  pixels: Uint32Array;
  hashes: Buffer;
  plain: number;
}

const PLAIN = Buffer.alloc(HASH_BYTES);

const isPlain = ({ hashes }: Items, item: number): boolean =>
  PLAIN.compare(hashes, item * HASH_BYTES, (item + 1) * HASH_BYTES) === 0;

const TRAIN = 1;
const VAL = 2;

/** Which items have equal pixels in the other split: 1 for those that do. Equal files have equal pixels. */
async function equalAcross(groups: EqualGroups, { train, count }: Items): Promise<Uint8Array> {
  const splits = new Uint8Array(count);
  const maybeYield = periodicYield();
  for (let item = 0; item < count; item++) {
    await maybeYield();
    const first = groups.first(item);
    splits[first] = (splits[first] as number) | (item < train ? TRAIN : VAL);
  }
  const leaks = new Uint8Array(count);
  for (let item = 0; item < count; item++) {
    await maybeYield();
    leaks[item] = splits[groups.first(item)] === (TRAIN | VAL) ? 1 : 0;
  }
  return leaks;
}

/** For an item the nearest one of the other split. */
type NearestItem = (item: number) => { item: number; distance: number } | undefined;

async function nearAcross(items: Items, signal: AbortSignal | undefined): Promise<NearestItem> {
  const maybeYield = periodicYield();
  const numbers = { train: new Uint32Array(items.train), val: new Uint32Array(items.count - items.train) };
  const used = { train: 0, val: 0 };
  // Of each item its number among those of its split that are compared.
  const places = new Uint32Array(items.count);
  for (let item = 0; item < items.count; item++) {
    await maybeYield();
    if (isPlain(items, item)) continue;
    const split = item < items.train ? 'train' : 'val';
    places[item] = used[split];
    numbers[split][used[split]++] = item;
  }
  const search = new NearSearch(used.train, used.val);
  for (const [split, hashes] of [
    ['train', search.queries],
    ['val', search.targets],
  ] as const) {
    for (let place = 0; place < used[split]; place++) {
      await maybeYield();
      const from = (numbers[split][place] as number) * HASH_BYTES;
      items.hashes.copy(hashes, place * HASH_BYTES, from, from + HASH_BYTES);
    }
  }
  const { ofQueries, ofTargets } = await search.run(signal);
  return (item) => {
    if (isPlain(items, item)) return undefined;
    const [nearest, others]: [Nearest, Uint32Array] =
      item < items.train ? [ofQueries, numbers.val] : [ofTargets, numbers.train];
    const place = places[item] as number;
    const distance = nearest.distance(place);
    return distance === undefined ? undefined : { item: others[nearest.match(place)] as number, distance };
  };
}

interface Findings {
  bytes: EqualGroups;
  pixels: EqualGroups;
  /** Of each item whether it has equal pixels in the other split. */
  leaks: Uint8Array;
  near: NearestItem;
}

class Found {
  readonly #items: Items;
  readonly #findings: Findings;

  constructor(items: Items, findings: Findings) {
    this.#items = items;
    this.#findings = findings;
  }

  async *copies(): AsyncGenerator<Copies> {
    const { bytes, pixels } = this.#findings;
    yield* this.#groups('bytes', bytes, () => true);
    yield* this.#groups('pixels', pixels, (members) => {
      const first = bytes.first(members[0] as number);
      return members.some((member) => bytes.first(member) !== first);
    });
    yield* this.#pairs();
  }

  async *leaked(): AsyncGenerator<number> {
    const maybeYield = periodicYield();
    for (let item = 0; item < this.#items.train; item++) {
      await maybeYield();
      if (this.#isLeak(item)) yield this.#items.places[item] as number;
    }
  }

  async count(): Promise<Omit<DuplicateCounts, 'plain' | 'unknown'>> {
    const counts = {
      bytes: { groups: 0, images: 0 },
      pixels: { groups: 0, images: 0 },
      near: 0,
      conflicts: 0,
      leaks: { train: 0, val: 0 },
    };
    for await (const { kind, images, isConflict } of this.copies()) {
      if (isConflict) counts.conflicts++;
      if (kind === 'near') counts.near++;
      else {
        counts[kind].groups++;
        counts[kind].images += images.length;
      }
    }
    const maybeYield = periodicYield();
    for (let item = 0; item < this.#items.count; item++) {
      await maybeYield();
      if (this.#isLeak(item)) counts.leaks[item < this.#items.train ? 'train' : 'val']++;
    }
    return counts;
  }

  #isLeak(item: number): boolean {
    return this.#findings.leaks[item] === 1 || this.#findings.near(item) !== undefined;
  }

  async *#groups(
    kind: Copies['kind'],
    groups: EqualGroups,
    counts: (members: readonly number[]) => boolean,
  ): AsyncGenerator<Copies> {
    const maybeYield = periodicYield();
    for (let item = 0; item < this.#items.count; item++) {
      await maybeYield();
      if (groups.first(item) !== item || groups.next(item) === undefined) continue;
      const members: number[] = [];
      for (let member: number | undefined = item; member !== undefined; member = groups.next(member))
        members.push(member);
      if (counts(members)) yield this.#copies(kind, members);
    }
  }

  async *#pairs(): AsyncGenerator<Copies> {
    const { leaks, near } = this.#findings;
    const { train, count } = this.#items;
    const maybeYield = periodicYield();
    for (let item = 0; item < count; item++) {
      await maybeYield();
      // One with equal pixels is nearer still.
      const nearest = leaks[item] === 1 ? undefined : near(item);
      if (nearest === undefined) continue;
      const { item: other, distance } = nearest;
      const listed = item >= train && leaks[other] === 0 && near(other)?.item === item;
      if (!listed) yield { ...this.#copies('near', item < train ? [item, other] : [other, item]), distance };
    }
  }

  #copies(kind: Copies['kind'], members: readonly number[]): Copies {
    const { train, places, labels } = this.#items;
    const images = members.map((item): SplitPlace => ({
      split: item < train ? 'train' : 'val',
      place: places[item] as number,
    }));
    const [first] = members as [number];
    return {
      kind,
      images,
      isLeak: images.some(({ split }) => split !== images[0]?.split),
      isConflict: members.some((item) => labels[item] !== labels[first]),
    };
  }
}
