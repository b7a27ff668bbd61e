import type { Redis } from 'ioredis';
import { AlexnetError } from '@alexnet/core';
import { redisAddress } from './address.ts';
import { asRedisError } from './errors.ts';
import { fieldOf } from './info.ts';
import { checkPermissions, type RedisUse } from './permissions.ts';

const OLDEST_REDIS = [6, 2] as const;

export interface RedisRequirements {
  /** What the server is used for. */
  uses: readonly RedisUse[];
  /** Bytes that its `maxmemory` has to be at least, where it has one. */
  leastBytes: number;
}

/**
 * Checks that a server can do the work, before any of it begins: a single primary, new enough, that evicts nothing, is large
 * enough, and lets this user run every command.
 * @throws REDIS_UNSUITABLE; REDIS_DENIED naming what the user may not do
 */
export async function checkRedis(
  redis: Redis,
  url: string,
  { uses, leastBytes }: RedisRequirements,
): Promise<void> {
  try {
    const address = redisAddress(url);
    const info = await redis.info();
    checkKind(info, address);
    checkVersion(info, address);
    checkMemory(info, address, leastBytes);
    for (const use of uses) await checkPermissions(redis, address, use);
  } catch (error) {
    throw asRedisError(error);
  }
}

/** @throws REDIS_UNSUITABLE for a Sentinel, a node of a cluster and a replica */
export function checkKind(info: string, address: string): void {
  const mode = fieldOf(info, 'redis_mode') ?? fieldOf(info, 'server_mode');
  if (mode === 'sentinel') {
    throw unsuitable(
      `the address of a Redis primary, not ${address}`,
      'a Sentinel, which only says where the primary is',
      'Set REDIS_URL or BATCH_REDIS_URL to redis+sentinel://HOST:PORT,HOST:PORT/NAME, with all Sentinels and the name of the primary (`redis-cli -p PORT SENTINEL MASTERS` lists the names).',
    );
  }
  if (mode === 'cluster' || fieldOf(info, 'cluster_enabled') === '1') {
    throw unsuitable(
      `a single Redis server at ${address}`,
      'a node of a Redis Cluster',
      'Use a Redis or Valkey server that does not run in cluster mode (cluster-enabled no).',
    );
  }
  if (fieldOf(info, 'role') === 'slave') {
    const primary = `${fieldOf(info, 'master_host') ?? '?'}:${fieldOf(info, 'master_port') ?? '?'}`;
    throw unsuitable(
      `a Redis primary at ${address}`,
      `a read-only replica of ${primary}`,
      'Set REDIS_URL and BATCH_REDIS_URL to the primary.',
    );
  }
}

/** An old Redis lacks commands. */
function checkVersion(info: string, address: string): void {
  const version = fieldOf(info, 'redis_version') ?? '0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor >= OLDEST_REDIS[1])) return;
  throw unsuitable(
    `Redis ${OLDEST_REDIS.join('.')} or newer, or Valkey, at ${address}`,
    `version ${version}`,
    'Use a newer server.',
  );
}

/** A server that evicts keys when it is full would drop jobs silently, and one that is too small would refuse them. */
function checkMemory(info: string, address: string, leastBytes: number): void {
  const policy = fieldOf(info, 'maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') {
    throw unsuitable(
      `maxmemory-policy noeviction at ${address}`,
      policy,
      'Run `redis-cli CONFIG SET maxmemory-policy noeviction`, and put it into redis.conf.',
    );
  }
  const most = Number(fieldOf(info, 'maxmemory') ?? 0);
  if (most === 0 || most >= leastBytes) return;
  throw unsuitable(
    `maxmemory of at least ${leastBytes} bytes at ${address}: the window of a trainer and some room`,
    `${most} bytes`,
    'Raise it, or set ALEXNET_WINDOW_BYTES lower for all processes.',
  );
}

const unsuitable = (expected: string, actual: string, remedy: string): AlexnetError =>
  new AlexnetError('REDIS_UNSUITABLE', { expected, actual, remedy });
