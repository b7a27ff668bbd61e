import type { Fault } from '../fault.ts';
import { allKilled } from './all-killed.ts';
import { bestDamaged, checkpointCorrupt, latestMissing } from './checkpoints.ts';
import { engineThreadEnded, temporaryFolderFull } from './engine.ts';
import { failoverFaults } from './failover.ts';
import { feedOpensWithoutRedis } from './feed.ts';
import { networkFaults } from './network.ts';
import { cacheFull, cachedShardCorrupt } from './shard-cache.ts';
import { rollingRestarts } from './restarts.ts';
import { storeCuts, storeDown, storeRefuses, storeSlow } from './store.ts';
import { supervisorFaults } from './supervisors.ts';
import { trainerKilled } from './trainer-killed.ts';
import { secondTrainer, trainerFrozen } from './trainers.ts';
import { valkeyFaults } from './valkey.ts';
import { workerFrozen } from './worker-frozen.ts';
import { workerKilled } from './worker-killed.ts';

/** Every kind of fault. */
export const FAULTS: readonly Fault[] = [
  ...[workerKilled, trainerKilled, allKilled, workerFrozen, trainerFrozen, secondTrainer],
  ...supervisorFaults,
  ...[engineThreadEnded, temporaryFolderFull, rollingRestarts],
  ...valkeyFaults,
  ...failoverFaults,
  feedOpensWithoutRedis,
  ...[storeDown, storeSlow, storeRefuses, storeCuts],
  ...[checkpointCorrupt, latestMissing, bestDamaged, cachedShardCorrupt, cacheFull],
  ...networkFaults,
];
