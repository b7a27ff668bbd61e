import type { LedgerEntry } from '@alexnet/checkpoints';

/** One epoch of a run, compared with what it should have consumed. */
export interface EpochAudit {
  epoch: number;
  /** Samples that should have been consumed: all of the split, or in the last epoch those up to the cursor. */
  expected: number;
  /** Different samples of these that were. */
  seen: number;
  missing: number;
  /** Samples consumed more than once, and samples that do not belong there. */
  duplicated: number;
  /** Samples consumed at another place of the epoch than its order says, which follows from seed and dataset. */
  misplaced: number;
}

/** Which samples of an epoch the ledger has shown so far: one bit a sample, until all of them have been seen. */
export class EpochTally {
  readonly #expected: number;
  #missing: number;
  #duplicated = 0;
  #misplaced = 0;
  /** A set bit is a sample that is still to come; undefined when none is. */
  #left: Uint8Array | undefined;

  /** @param order ids of the samples in the order of the epoch, up to where it should have come */
  constructor(order: Uint32Array) {
    this.#expected = order.length;
    this.#missing = order.length;
    if (order.length === 0) return;
    const left = new Uint8Array(Math.floor(highest(order) / 8) + 1);
    for (const id of order) left[id >>> 3] = (left[id >>> 3] ?? 0) | (1 << (id & 7));
    this.#left = left;
  }

  /** @param order as given to the constructor */
  add({ batch, slices }: LedgerEntry, order: Uint32Array, batchSize: number): void {
    let at = batch * batchSize;
    for (const { samples } of slices) {
      for (const sample of samples) {
        if (!this.#take(sample)) this.#duplicated += 1;
        else if (order[at] !== sample) this.#misplaced += 1;
        at += 1;
      }
    }
    if (this.#missing === 0) this.#left = undefined;
  }

  counts(): Omit<EpochAudit, 'epoch'> {
    const [expected, missing] = [this.#expected, this.#missing];
    const [duplicated, misplaced] = [this.#duplicated, this.#misplaced];
    return { expected, seen: expected - missing, missing, duplicated, misplaced };
  }

  /** Whether a sample was still to come: it is no longer. */
  #take(sample: number): boolean {
    const byte = this.#left?.[sample >>> 3];
    const bit = 1 << (sample & 7);
    if (this.#left === undefined || byte === undefined || (byte & bit) === 0) return false;
    this.#left[sample >>> 3] = byte & ~bit;
    this.#missing -= 1;
    return true;
  }
}

const highest = (ids: Uint32Array): number => ids.reduce((most, id) => Math.max(most, id), 0);
