import { RandomStream } from '@alexnet/core';
import { LRUCache } from 'lru-cache';

/** Where a sample lies: the shard's number within the split, and the position within the shard. */
export interface SamplePlace {
  shard: number;
  position: number;
}

/**
 * Shards that are shuffled together. A worker that makes consecutive batches needs these many shards at hand; at
 * 1,024 samples a shard, 8,192 samples are mixed at a time, on top of the shuffle at write time.
 */
const BLOCK_SHARDS = 8;
/** A worker makes consecutive batches, a few at a time. */
const BLOCKS_KEPT = 4;

/** The order in which one epoch visits the samples of a split: each once. */
export interface EpochOrder {
  readonly length: number;
  at(index: number): SamplePlace;
}

/**
 * A pure function of (shard sizes, seed, epoch). The shards are permuted, then cut into blocks, and the samples of
 * each block are permuted among themselves, so that reads stay within a block. A block is worked out when a place in it
 * is asked for, within milliseconds, however many samples the epoch has.
 */
export function shuffledOrder(shardCounts: readonly number[], seed: number, epoch: number): EpochOrder {
  const shards = new RandomStream(seed, 'epochOrder', epoch).shuffle(Uint32Array.from(shardCounts.keys()));
  const blocks: Uint32Array[] = [];
  for (let first = 0; first < shards.length; first += BLOCK_SHARDS)
    blocks.push(shards.subarray(first, first + BLOCK_SHARDS));
  const countsOf = (block: Uint32Array): number[] => [...block].map((shard) => shardCounts[shard] ?? 0);
  const starts = startsOf(blocks.map((block) => sum(countsOf(block))));
  const made = new LRUCache<number, SamplePlace[]>({ max: BLOCKS_KEPT });

  const makeBlock = (number: number, block: Uint32Array): SamplePlace[] => {
    const within = storedOrder(countsOf(block));
    // Each block has a stream of its own: block k of an epoch can be made without the others.
    const order = new RandomStream(seed, 'epochOrder', epoch, 1 + number).shuffle(
      Uint32Array.from({ length: within.length }, (_, i) => i),
    );
    return Array.from(order, (pick) => {
      const { shard, position } = within.at(pick);
      return { shard: block[shard] ?? 0, position };
    });
  };

  return {
    length: sum(shardCounts),
    at(index) {
      const number = lastAtMost(starts, index);
      let places = made.get(number);
      if (places === undefined) {
        places = makeBlock(number, blocks[number] ?? shards);
        made.set(number, places);
      }
      return places[index - (starts[number] ?? 0)] ?? { shard: 0, position: 0 };
    },
  };
}

/** The samples as they lie, for evaluation. */
export function storedOrder(shardCounts: readonly number[]): EpochOrder {
  const starts = startsOf(shardCounts);
  return {
    length: sum(shardCounts),
    at: (index) => {
      const shard = lastAtMost(starts, index);
      return { shard, position: index - (starts[shard] ?? 0) };
    },
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function startsOf(counts: readonly number[]): number[] {
  let total = 0;
  return counts.map((count) => {
    const start = total;
    total += count;
    return start;
  });
}

/** Index of the last start that is not past `value`; among equal starts (empty shards) the last. */
function lastAtMost(starts: readonly number[], value: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
