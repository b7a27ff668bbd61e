import { RandomStream } from '@alexnet/core';

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

/** The order in which one epoch visits the samples of a split: each once. */
export interface EpochOrder {
  readonly length: number;
  at(index: number): SamplePlace;
}

/**
 * A pure function of (shard sizes, seed, epoch). The shards are permuted, then cut into blocks, and the samples of
 * each block are permuted among themselves, so that reads stay within a block.
 */
export function shuffledOrder(shardCounts: readonly number[], seed: number, epoch: number): EpochOrder {
  const shards = new RandomStream(seed, 'epochOrder', epoch).shuffle(Uint32Array.from(shardCounts.keys()));
  const length = shardCounts.reduce((sum, count) => sum + count, 0);
  const shardOf = new Uint32Array(length);
  const positionOf = new Uint32Array(length);
  let filled = 0;
  for (let first = 0; first < shards.length; first += BLOCK_SHARDS) {
    const block = [...shards.subarray(first, first + BLOCK_SHARDS)];
    const size = block.reduce((sum, shard) => sum + (shardCounts[shard] ?? 0), 0);
    // Each block has a stream of its own: block k of an epoch can be made without the others.
    const order = new RandomStream(seed, 'epochOrder', epoch, 1 + first / BLOCK_SHARDS).shuffle(
      Uint32Array.from({ length: size }, (_, i) => i),
    );
    const starts = startsOf(block.map((shard) => shardCounts[shard] ?? 0));
    for (const pick of order) {
      const within = lastAtMost(starts, pick);
      shardOf[filled] = block[within] ?? 0;
      positionOf[filled] = pick - (starts[within] ?? 0);
      filled++;
    }
  }
  return {
    length,
    at: (index) => ({ shard: shardOf[index] ?? 0, position: positionOf[index] ?? 0 }),
  };
}

/** The samples as they lie, for evaluation. */
export function storedOrder(shardCounts: readonly number[]): EpochOrder {
  const starts = startsOf(shardCounts);
  return {
    length: shardCounts.reduce((sum, count) => sum + count, 0),
    at: (index) => {
      const shard = lastAtMost(starts, index);
      return { shard, position: index - (starts[shard] ?? 0) };
    },
  };
}

function startsOf(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => {
    const start = sum;
    sum += count;
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
