import { setImmediate as nextTurn } from 'node:timers/promises';
import { compileKernel } from '@alexnet/core';
import { HASH_BYTES, NEAR } from '@alexnet/images';
import { NEAR_BINARY } from './near-binary.ts';

interface Functions {
  nearest(
    queries: number,
    first: number,
    count: number,
    targets: number,
    targetCount: number,
    coarse: number,
    most: number,
    queryBest: number,
    targetBest: number,
  ): void;
}

/** Pairs that are compared before the event loop turns: some milliseconds. */
const PAIRS_AT_ONCE = 2 ** 21;
/** Of a best match: one more than its distance, so that 0 stands for none, and its place. */
const BEST_BYTES = 8;

const instantiate = compileKernel<Functions>(NEAR_BINARY);

/** For each hash of a list the nearest of the other list. */
export interface Nearest {
  /** Bits that differ; undefined where none is near. */
  distance(place: number): number | undefined;
  /** Its place in the other list. */
  match(place: number): number;
}

/** Two lists of perceptual hashes, and what of each is near the other. Every pair is compared. */
export class NearSearch {
  /** Where the hashes go, one after the other. */
  readonly queries: Buffer;
  readonly targets: Buffer;
  readonly #functions: Functions;
  readonly #queryBest: Uint32Array;
  readonly #targetBest: Uint32Array;

  /** @param queries @param targets how many there are */
  constructor(queries: number, targets: number) {
    const bestAt = (queries + targets) * HASH_BYTES;
    const { functions, memory } = instantiate(Math.max(1, bestAt + (queries + targets) * BEST_BYTES));
    this.#functions = functions;
    this.queries = Buffer.from(memory.buffer, 0, queries * HASH_BYTES);
    this.targets = Buffer.from(memory.buffer, queries * HASH_BYTES, targets * HASH_BYTES);
    this.#queryBest = new Uint32Array(memory.buffer, bestAt, queries * 2);
    this.#targetBest = new Uint32Array(memory.buffer, bestAt + queries * BEST_BYTES, targets * 2);
  }

  /** Compares all, a piece at a time; once. Of equally near ones the first of its list counts. @throws the signal's reason */
  async run(signal?: AbortSignal): Promise<{ ofQueries: Nearest; ofTargets: Nearest }> {
    const queries = this.queries.length / HASH_BYTES;
    const targets = this.targets.length / HASH_BYTES;
    const step = Math.max(1, Math.floor(PAIRS_AT_ONCE / Math.max(1, targets)));
    for (let first = 0; first < queries; first += step) {
      this.#functions.nearest(
        ...([this.queries.byteOffset + first * HASH_BYTES, first, Math.min(step, queries - first)] as const),
        ...([this.targets.byteOffset, targets] as const),
        ...([NEAR.coarse, NEAR.most] as const),
        ...([this.#queryBest.byteOffset + first * BEST_BYTES, this.#targetBest.byteOffset] as const),
      );
      await nextTurn();
      signal?.throwIfAborted();
    }
    return { ofQueries: nearestOf(this.#queryBest), ofTargets: nearestOf(this.#targetBest) };
  }
}

const nearestOf = (best: Uint32Array): Nearest => ({
  distance: (place) => (best[place * 2] === 0 ? undefined : (best[place * 2] as number) - 1),
  match: (place) => best[place * 2 + 1] as number,
});
