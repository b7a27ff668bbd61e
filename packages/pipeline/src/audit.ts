import { batchesInPass, shuffledOrder } from '@alexnet/batches';
import {
  CheckpointReader,
  EMPTY_CHAIN,
  extendChain,
  parseLedger,
  type CheckpointManifest,
  type LedgerEntry,
} from '@alexnet/checkpoints';
import type { ObjectStore } from '@alexnet/storage';
import { LRUCache } from 'lru-cache';
import { EpochTally, type EpochAudit } from './epoch-audit.ts';
import { passOf, readDatasetOf, readRunSpec, type RunSpec } from './run-spec.ts';

export interface Audit {
  run: string;
  checkpoint: string;
  step: number;
  /** The chain over the slices that the current section consumed, recomputed from the ledger. */
  digest: string;
  /** The same as the checkpoint states it. */
  recordedDigest: string;
  /** The same of each earlier section, at its last step. */
  sections: { step: number; digest: string; recordedDigest: string }[];
  /** Up to the cursor, but no more of them than the ledger has steps. */
  epochs: EpochAudit[];
  /** Nothing missing, twice or misplaced, the steps in order, the chain as recorded. */
  ok: boolean;
}

/**
 * Reads the ledger of a run, as its newest checkpoint refers to it, and counts every sample of every epoch. One part of the
 * ledger is in memory at a time, the order of two epochs, and one bit for each sample of an epoch with samples missing.
 * @throws RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT when a ledger segment was changed, FORMAT_INVALID,
 *   DATASET_NOT_FOUND, DATASET_CHANGED
 */
export async function auditRun(store: ObjectStore, run: string): Promise<Audit> {
  const spec = await readRunSpec(store, run);
  const reader = new CheckpointReader(store, run);
  const checkpoint = await reader.manifest('latest');
  const dataset = await readDatasetOf(store, spec);
  const counts = dataset.splits.train.shards.map(({ count }) => count);
  const epochs = new Epochs(spec, checkpoint.cursor, counts);

  const ends = new Map(spec.sections?.map((section) => [section.step, section.digest]));
  const hasBegun = (step: number): boolean => step < checkpoint.step || !checkpoint.finished;
  const sections: Audit['sections'] = [];
  let [digest, steps, inOrder] = [EMPTY_CHAIN, 0, true];
  for (const segment of checkpoint.ledger) {
    for (const entry of parseLedger(await reader.ledger(segment))) {
      inOrder &&= entry.step === steps;
      // An epoch has one step at least: a false ledger cannot claim many of them with a few lines.
      if (entry.epoch <= steps) epochs.add(entry);
      steps += 1;
      digest = extendChain(digest, entry);
      const recordedDigest = ends.get(steps);
      if (recordedDigest === undefined || !hasBegun(steps)) continue;
      sections.push({ step: steps, digest, recordedDigest });
      digest = EMPTY_CHAIN;
    }
  }

  const audited = epochs.audits(steps);
  const faultless = audited.every((each) => each.missing + each.duplicated + each.misplaced === 0);
  const asRecorded =
    steps === checkpoint.step &&
    digest === checkpoint.digest &&
    sections.every((section) => section.digest === section.recordedDigest);
  return {
    run,
    checkpoint: checkpoint.name,
    step: checkpoint.step,
    digest,
    recordedDigest: checkpoint.digest,
    sections,
    epochs: audited,
    ok: faultless && inOrder && asRecorded,
  };
}

/** The epoch whose samples the ledger shows, and the one before it. */
const ORDERS_KEPT = 2;

/** The epochs of a run up to its cursor, with what the ledger has shown of each. */
class Epochs {
  readonly #spec: RunSpec;
  readonly #cursor: CheckpointManifest['cursor'];
  readonly #counts: readonly number[];
  readonly #batchesPerEpoch: number;
  readonly #tallies = new Map<number, EpochTally>();
  readonly #orders = new LRUCache<number, Uint32Array>({ max: ORDERS_KEPT });

  /** @param counts samples in each shard; their ids are consecutive, from 0 */
  constructor(spec: RunSpec, cursor: CheckpointManifest['cursor'], counts: readonly number[]) {
    this.#spec = spec;
    this.#cursor = cursor;
    this.#counts = counts;
    this.#batchesPerEpoch = batchesInPass(passOf(spec, 'train', 'train', { epoch: 0 }));
  }

  add(entry: LedgerEntry): void {
    if (this.#batches(entry.epoch) === 0) return;
    const order = this.#orderOf(entry.epoch);
    let tally = this.#tallies.get(entry.epoch);
    if (tally === undefined) this.#tallies.set(entry.epoch, (tally = new EpochTally(order)));
    tally.add(entry, order, this.#spec.profile.batchSize);
  }

  /** Of the epochs up to the cursor, but no more than the ledger has steps. */
  audits(steps: number): EpochAudit[] {
    const audits: EpochAudit[] = [];
    for (let epoch = 0; epoch <= Math.min(this.#cursor.epoch, steps); epoch++) {
      if (this.#batches(epoch) === 0) continue;
      const tally = this.#tallies.get(epoch) ?? new EpochTally(this.#orderOf(epoch));
      audits.push({ epoch, ...tally.counts() });
    }
    return audits;
  }

  /** Batches that should have been consumed of an epoch. */
  #batches(epoch: number): number {
    if (epoch > this.#cursor.epoch) return 0;
    if (epoch === this.#cursor.epoch) return this.#cursor.batch;
    return this.#batchesPerEpoch;
  }

  /** Ids of the samples that should have been consumed, in the order of the epoch. */
  #orderOf(epoch: number): Uint32Array {
    const known = this.#orders.get(epoch);
    if (known !== undefined) return known;
    const order = shuffledOrder(this.#counts, this.#spec.seed, epoch);
    let next = 0;
    const firstIds = this.#counts.map((count) => (next += count) - count);
    const end = Math.min(order.length, this.#batches(epoch) * this.#spec.profile.batchSize);
    const ids = Uint32Array.from({ length: end }, (_, index) => {
      const { shard, position } = order.at(index);
      return (firstIds[shard] ?? 0) + position;
    });
    this.#orders.set(epoch, ids);
    return ids;
  }
}
