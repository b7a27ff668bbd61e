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
import { passOf, readDatasetOf, readRunSpec, type RunSpec } from './run-spec.ts';

/** One epoch of a run, held against what it should have seen. */
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

export interface Audit {
  run: string;
  checkpoint: string;
  step: number;
  /** The chain over all slices consumed, computed anew from the ledger. */
  digest: string;
  /** The same as the checkpoint states it. */
  recordedDigest: string;
  /** Up to the cursor, but of those that the ledger is too short for only the first. */
  epochs: EpochAudit[];
  /** Nothing missing, twice or misplaced, the steps in order, the chain as recorded. */
  ok: boolean;
}

/** What the ledger says. */
interface Consumed {
  digest: string;
  steps: number;
  /** Whether the steps are numbered 0, 1, 2 … */
  inOrder: boolean;
  byEpoch: Map<number, LedgerEntry[]>;
}

/**
 * Reads the ledger of a run, as its newest checkpoint refers to it, and counts every sample of every epoch.
 * @throws RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT when a ledger segment was changed, FORMAT_INVALID,
 *   DATASET_NOT_FOUND, DATASET_CHANGED
 */
export async function auditRun(store: ObjectStore, run: string): Promise<Audit> {
  const spec = await readRunSpec(store, run);
  const reader = new CheckpointReader(store, run);
  const checkpoint = await reader.manifest('latest');
  const dataset = await readDatasetOf(store, spec);
  const counts = dataset.splits.train.shards.map(({ count }) => count);
  const { digest, steps, inOrder, byEpoch } = await readLedger(reader, checkpoint);

  const { cursor } = checkpoint;
  const whole = batchesInPass(passOf(spec, 'train', 'train', { epoch: 0 }));
  const epochs: EpochAudit[] = [];
  // An epoch has one step at least: what a false cursor claims beyond that is not gone through.
  for (let epoch = 0; epoch <= Math.min(cursor.epoch, steps); epoch++) {
    const batches = epoch < cursor.epoch ? whole : cursor.batch;
    if (batches === 0) continue;
    const expected = expectedSamples(spec, { counts, epoch, batches });
    const found = auditEpoch(expected, byEpoch.get(epoch) ?? [], spec.profile.batchSize);
    epochs.push({ epoch, ...found });
  }
  const faultless = epochs.every((each) => each.missing + each.duplicated + each.misplaced === 0);
  const whatIsRecorded = steps === checkpoint.step && digest === checkpoint.digest;
  return {
    run,
    checkpoint: checkpoint.name,
    step: checkpoint.step,
    digest,
    recordedDigest: checkpoint.digest,
    epochs,
    ok: faultless && inOrder && whatIsRecorded,
  };
}

async function readLedger(reader: CheckpointReader, { ledger }: CheckpointManifest): Promise<Consumed> {
  const consumed: Consumed = { digest: EMPTY_CHAIN, steps: 0, inOrder: true, byEpoch: new Map() };
  for (const segment of ledger) {
    for (const entry of parseLedger(await reader.ledger(segment))) {
      consumed.inOrder &&= entry.step === consumed.steps;
      consumed.steps += 1;
      consumed.digest = extendChain(consumed.digest, entry);
      const entries = consumed.byEpoch.get(entry.epoch);
      if (entries === undefined) consumed.byEpoch.set(entry.epoch, [entry]);
      else entries.push(entry);
    }
  }
  return consumed;
}

interface EpochPart {
  /** Samples in each shard; their ids are consecutive, from 0. */
  counts: readonly number[];
  epoch: number;
  batches: number;
}

/** Ids of the samples in the order of the epoch. */
function expectedSamples(spec: RunSpec, { counts, epoch, batches }: EpochPart): Uint32Array {
  const order = shuffledOrder(counts, spec.seed, epoch);
  let next = 0;
  const firstIds = counts.map((count) => (next += count) - count);
  const end = Math.min(order.length, batches * spec.profile.batchSize);
  return Uint32Array.from({ length: end }, (_, index) => {
    const { shard, position } = order.at(index);
    return (firstIds[shard] ?? 0) + position;
  });
}

function auditEpoch(
  expected: Uint32Array,
  entries: readonly LedgerEntry[],
  batchSize: number,
): Omit<EpochAudit, 'epoch'> {
  const left = new Set(expected);
  let [duplicated, misplaced] = [0, 0];
  for (const { batch, slices } of entries) {
    let at = batch * batchSize;
    for (const { samples } of slices) {
      for (const sample of samples) {
        if (!left.delete(sample)) duplicated += 1;
        else if (expected[at] !== sample) misplaced += 1;
        at += 1;
      }
    }
  }
  const missing = left.size;
  const seen = expected.length - missing;
  return { expected: expected.length, seen, missing, duplicated, misplaced };
}
