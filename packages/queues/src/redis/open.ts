import { AlexnetError, messageOf, toAlexnetError, type Logger } from '@alexnet/core';
import { redisAddress } from './address.ts';
import { PrimaryConnection } from './primary.ts';
import type { Redis } from 'ioredis';

/**
 * Connects to Redis. Once connected it reconnects by itself, for as long as it takes, and commands wait meanwhile. It leaves
 * a server that has become a replica: see {@link PrimaryConnection}.
 * @throws REDIS_UNREACHABLE, REDIS_DENIED
 */
export async function openRedis(url: string, log?: Logger): Promise<Redis> {
  const redis = new PrimaryConnection(url, log);
  try {
    await redis.open();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw connectionError(url, error);
  }
}

function connectionError(url: string, cause: unknown): AlexnetError {
  const known = toAlexnetError(cause);
  if (known.code === 'REDIS_DENIED') {
    return new AlexnetError('REDIS_DENIED', {
      expected: `Redis at ${redisAddress(url)} to accept the login in its address`,
      actual: known.actual,
      remedy: 'Correct the user name and password in REDIS_URL or BATCH_REDIS_URL.',
      cause,
    });
  }
  return new AlexnetError('REDIS_UNREACHABLE', {
    expected: `an answer from Redis at ${redisAddress(url)}`,
    actual: messageOf(cause) || ((cause as { code?: string }).code ?? 'no answer'),
    remedy: 'Start it (`npx alexnet up` starts a local one) or set REDIS_URL to the right address.',
    cause,
  });
}
