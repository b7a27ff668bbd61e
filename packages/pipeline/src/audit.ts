import { batchesInPass, shuffledOrder } from '@alexnet/batches';
import {
  CheckpointReader,
  EMPTY_CHAIN,
  extendChain,
  parseLedger,
  type LedgerEntry,
} from '@alexnet/checkpoints';
import { readManifest } from '@alexnet/datasets';
import type { ObjectStore } from '@alexnet/storage';
import { passOf, readRunSpec, type RunSpec } from './run-spec.ts';

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
}

export interface Audit {
  run: string;
  checkpoint: string;
  step: number;
  /** The chain over all slices consumed, computed anew from the ledger. */
  digest: string;
  /** The same as the checkpoint states it. */
  recordedDigest: string;
  epochs: EpochAudit[];
  /** Nothing missing, nothing twice, the chain as recorded. */
  ok: boolean;
}

/**
 * Reads the ledger of a run, as its newest checkpoint refers to it, and counts every sample of every epoch.
 * @throws RUN_NOT_FOUND, CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT when a ledger segment was changed, FORMAT_INVALID
 */
export async function auditRun(store: ObjectStore, run: string): Promise<Audit> {
  const spec = await readRunSpec(store, run);
  const reader = new CheckpointReader(store, run);
  const checkpoint = await reader.manifest('latest');
  const dataset = await readManifest(store, spec.dataset.name);
  const counts = dataset.splits.train.shards.map(({ count }) => count);

  let digest = EMPTY_CHAIN;
  let inOrder = true;
  let step = 0;
  const consumed = new Map<number, LedgerEntry[]>();
  for (const segment of checkpoint.ledger) {
    for (const entry of parseLedger(await reader.ledger(segment))) {
      inOrder &&= entry.step === step;
      step += 1;
      digest = extendChain(digest, entry);
      const entries = consumed.get(entry.epoch);
      if (entries === undefined) consumed.set(entry.epoch, [entry]);
      else entries.push(entry);
    }
  }

  const epochs: EpochAudit[] = [];
  for (let epoch = 0; epoch <= checkpoint.cursor.epoch; epoch++) {
    const batches =
      epoch < checkpoint.cursor.epoch
        ? batchesInPass(passOf(spec, 'train', 'train', { epoch: 0 }))
        : checkpoint.cursor.batch;
    if (batches === 0) continue;
    epochs.push(
      auditEpoch(epoch, expectedSamples(spec, { counts, epoch, batches }), consumed.get(epoch) ?? []),
    );
  }
  const complete = epochs.every(({ missing, duplicated }) => missing === 0 && duplicated === 0);
  const ok = complete && inOrder && step === checkpoint.step && digest === checkpoint.digest;
  return {
    run,
    checkpoint: checkpoint.name,
    step: checkpoint.step,
    digest,
    recordedDigest: checkpoint.digest,
    epochs,
    ok,
  };
}

interface EpochPart {
  /** Samples in each shard; their ids are consecutive, from 0. */
  counts: readonly number[];
  epoch: number;
  batches: number;
}

function expectedSamples(spec: RunSpec, { counts, epoch, batches }: EpochPart): Set<number> {
  const order = shuffledOrder(counts, spec.seed, epoch);
  const end = Math.min(order.length, batches * spec.profile.batchSize);
  const firstIds = counts.map((_, shard) => counts.slice(0, shard).reduce((sum, count) => sum + count, 0));
  const expected = new Set<number>();
  for (let index = 0; index < end; index++) {
    const { shard, position } = order.at(index);
    expected.add((firstIds[shard] ?? 0) + position);
  }
  return expected;
}

function auditEpoch(epoch: number, expected: Set<number>, entries: readonly LedgerEntry[]): EpochAudit {
  const seen = new Set<number>();
  let duplicated = 0;
  for (const { slices } of entries) {
    for (const { samples } of slices) {
      for (const sample of samples) {
        if (seen.has(sample) || !expected.has(sample)) duplicated += 1;
        else seen.add(sample);
      }
    }
  }
  return { epoch, expected: expected.size, seen: seen.size, missing: expected.size - seen.size, duplicated };
}
