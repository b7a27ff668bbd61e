import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError, hasCode, type Logger } from '@alexnet/core';
import { agree, AGREEMENTS } from '@alexnet/queues';
import type { Redis } from '@alexnet/redis';
import type { Pipeline } from './open-pipeline.ts';
import { agreeOnStore, identifyStore } from './store-identity.ts';

/** After this what was agreed on is void, unless a process renews it. */
const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
const LOOK_MS = 500;
/** Longer than a lease: by then what was left by processes that ended has lapsed. */
const PATIENCE_MS = LEASE_MS + 2 * RENEW_MS;

type Servers = Pick<Pipeline, 'redis' | 'sliceServers' | 'store'>;

/** A server of slices, as those who use it know it. */
interface KnownServer {
  address: string;
  /** That was put into it; null where it has none, undefined where it is away. */
  name: string | null | undefined;
}

/** In an agreement, in the place of the name of a server that is away. */
const AWAY = '-';

/**
 * Takes part in what the workers and trainers of a queue share: the object store, and the servers of the slices, which
 * may lose their data at any time. Those that run name both every two seconds, also to a Redis that was emptied.
 * @returns `broken` aborts with STORAGE_MISMATCH when other processes have come to share another store
 * @throws STORAGE_MISMATCH when the others use other servers for slices
 */
export async function keepAgreement(
  servers: Servers,
  log: Logger,
): Promise<{ broken: AbortSignal; close: () => void }> {
  const { redis, store } = servers;
  const mine = await identifyStore(store);
  await joinSliceServers(servers, log);
  const broken = new AbortController();
  const renew = async (): Promise<void> => {
    await agreeOnStore(redis, mine);
    await redis.set(AGREEMENTS.sliceServer, written(await nameServers(servers)), 'PX', LEASE_MS);
  };
  const timer = setInterval(() => {
    renew().catch((error: unknown) => {
      if (hasCode(error, 'STORAGE_MISMATCH')) broken.abort(error);
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

async function joinSliceServers(servers: Servers, log: Logger): Promise<void> {
  const { redis } = servers;
  const started = Date.now();
  let isSaid = false;
  for (;;) {
    const agreed = await redis.get(AGREEMENTS.sliceServer);
    if (agreed === null) {
      await agree(redis, AGREEMENTS.sliceServer, written(await nameServers(servers)), LEASE_MS);
      continue;
    }
    const others = read(agreed);
    const own = await askEach(servers, (server) => server.get(AGREEMENTS.sliceServerName));
    if (areTheSame(own, others)) return;
    if (Date.now() - started > PATIENCE_MS) throw mismatch(others, own);
    if (!isSaid)
      log.info(
        { own: addressesOf(own), others: addressesOf(others) },
        'waiting to see whether others use the same servers for slices',
      );
    isSaid = true;
    await sleep(LOOK_MS);
  }
}

/** Gives a name to each server that has none, and lengthens the leases of all. */
function nameServers(servers: Servers): Promise<KnownServer[]> {
  return askEach(servers, async (server) => {
    const name = await agree(server, AGREEMENTS.sliceServerName, randomUUID(), LEASE_MS);
    await server.pexpire(AGREEMENTS.sliceServerName, LEASE_MS);
    return name;
  });
}

/** Where there are several, those that are away are not asked; the only one is waited for. */
async function askEach(
  { sliceServers }: Servers,
  ask: (server: Redis) => Promise<string | null>,
): Promise<KnownServer[]> {
  return await Promise.all(
    sliceServers.map(async ({ address, connection }) => {
      const isAway =
        sliceServers.length > 1 && (connection instanceof Promise || connection.status !== 'ready');
      return { address, name: isAway ? undefined : await ask(await connection) };
    }),
  );
}

/** A server that one side has not seen may be any that the other side knows. */
function areTheSame(own: readonly KnownServer[], others: readonly KnownServer[]): boolean {
  const names = new Set(others.map(({ name }) => name));
  const unseen = others.filter(({ name }) => name === undefined).length;
  const unknown = own.filter(({ name }) => name !== undefined && (name === null || !names.has(name))).length;
  return own.length === others.length && unknown <= unseen;
}

const written = (servers: readonly KnownServer[]): string =>
  servers.map(({ name, address }) => `${name ?? AWAY} ${address}`).join(' ');

function read(agreed: string): KnownServer[] {
  const words = agreed.split(' ');
  return Array.from({ length: Math.ceil(words.length / 2) }, (_, i) => ({
    name: words[2 * i] === AWAY ? undefined : words[2 * i],
    address: words[2 * i + 1] ?? '',
  }));
}

const addressesOf = (servers: readonly KnownServer[]): string =>
  servers.map(({ address }) => address).join(', ');

function mismatch(others: readonly KnownServer[], own: readonly KnownServer[]): AlexnetError {
  return new AlexnetError('STORAGE_MISMATCH', {
    expected: `the Redis for slices of the other processes of this queue, ${addressesOf(others)}`,
    actual: addressesOf(own),
    remedy:
      'Set BATCH_REDIS_URL (REDIS_URL where it is unset) to the same servers for all workers and trainers.',
  });
}
