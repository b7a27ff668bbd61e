import type { Fault } from '../fault.ts';
import { allKilled } from './all-killed.ts';
import { checkpointCorrupt, latestMissing } from './checkpoints.ts';
import { networkFaults } from './network.ts';
import { cacheFull, cachedShardCorrupt } from './shard-cache.ts';
import { storeCuts, storeDown, storeRefuses, storeSlow } from './store.ts';
import { trainerKilled } from './trainer-killed.ts';
import { secondTrainer, trainerFrozen } from './trainers.ts';
import { valkeyFaults } from './valkey.ts';
import { workerFrozen } from './worker-frozen.ts';
import { workerKilled } from './worker-killed.ts';

/** Every kind of fault. */
export const FAULTS: readonly Fault[] = [
  ...[workerKilled, trainerKilled, allKilled, workerFrozen, trainerFrozen, secondTrainer],
  ...valkeyFaults,
  ...[storeDown, storeSlow, storeRefuses, storeCuts],
  ...[checkpointCorrupt, latestMissing, cachedShardCorrupt, cacheFull],
  ...networkFaults,
];
