import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError, type Logger } from '@alexnet/core';
import { agree, AGREEMENTS } from '@alexnet/queues';
import { redisAddress } from '@alexnet/redis';
import type { Pipeline } from './open-pipeline.ts';
import { agreeOnStore, identifyStore } from './store-identity.ts';

/** After this what was agreed on is void, unless a process renews it. */
const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
const LOOK_MS = 500;
/** Longer than a lease: by then what was left by processes that ended has lapsed. */
const PATIENCE_MS = LEASE_MS + 2 * RENEW_MS;

type Servers = Pick<Pipeline, 'redis' | 'batchRedis' | 'store' | 'config'>;

/**
 * Takes part in what the workers and trainers of a queue share: the object store, and the server of the slices, which
 * may lose its data at any time. Those that run name both every two seconds, also to a Redis that was emptied.
 * @returns `broken` aborts with STORAGE_MISMATCH when other processes have come to share another store
 * @throws STORAGE_MISMATCH when the others use another server for slices
 */
export async function keepAgreement(
  servers: Servers,
  log: Logger,
): Promise<{ broken: AbortSignal; close: () => void }> {
  const { redis, batchRedis, store, config } = servers;
  const mine = await identifyStore(store);
  let server = await joinSliceServer(servers, log);
  const broken = new AbortController();
  const renew = async (): Promise<void> => {
    await agreeOnStore(redis, mine);
    server = await agree(batchRedis, AGREEMENTS.sliceServerName, server, LEASE_MS);
    await batchRedis.pexpire(AGREEMENTS.sliceServerName, LEASE_MS);
    await redis.set(
      AGREEMENTS.sliceServer,
      `${server} ${redisAddress(config.batchRedisUrl)}`,
      'PX',
      LEASE_MS,
    );
  };
  const timer = setInterval(() => {
    renew().catch((error: unknown) => {
      if (error instanceof AlexnetError && error.code === 'STORAGE_MISMATCH') broken.abort(error);
      else log.debug({ error }, 'what the processes of the queue share');
    });
  }, RENEW_MS);
  return {
    broken: broken.signal,
    close: () => {
      clearInterval(timer);
    },
  };
}

/** @returns the name of the server that all use */
async function joinSliceServer({ redis, batchRedis, config }: Servers, log: Logger): Promise<string> {
  const own = redisAddress(config.batchRedisUrl);
  const started = Date.now();
  let isSaid = false;
  for (;;) {
    const agreed = await redis.get(AGREEMENTS.sliceServer);
    if (agreed === null) {
      const name = await agree(batchRedis, AGREEMENTS.sliceServerName, randomUUID(), LEASE_MS);
      await agree(redis, AGREEMENTS.sliceServer, `${name} ${own}`, LEASE_MS);
      continue;
    }
    const [name = '', address = ''] = agreed.split(' ');
    if ((await batchRedis.get(AGREEMENTS.sliceServerName)) === name) return name;
    if (Date.now() - started > PATIENCE_MS) throw mismatch(address, own);
    if (!isSaid)
      log.info({ own, others: address }, 'waiting to see whether others use this server for slices');
    isSaid = true;
    await sleep(LOOK_MS);
  }
}

function mismatch(address: string, own: string): AlexnetError {
  return new AlexnetError('STORAGE_MISMATCH', {
    expected: `the Redis for slices of the other processes of this queue, ${address}`,
    actual: own,
    remedy:
      'Set BATCH_REDIS_URL (REDIS_URL where it is unset) to the same server for all workers and trainers.',
  });
}
