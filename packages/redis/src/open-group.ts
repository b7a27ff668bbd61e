import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@alexnet/core';
import { redisAddress } from './address.ts';
import { checkRedis, type RedisRequirements } from './check.ts';
import { asRedisError } from './errors.ts';
import { openRedis } from './open.ts';
import type { Redis } from 'ioredis';

const LOOK_AGAIN_MS = 2_000;

export interface GroupOptions {
  requirements: RedisRequirements;
  log?: Logger | undefined;
  /** Told of each connection, which the caller closes. */
  onOpen: (redis: Redis) => void;
  /** Ends the waiting for servers that are away. */
  signal: AbortSignal;
}

/**
 * Opens and checks several servers that stand in for each other. One has to be there. A promise stands for each that is
 * away: it is looked for every two seconds.
 * @throws REDIS_UNREACHABLE where none is there; REDIS_DENIED and REDIS_UNSUITABLE for any of those that are there
 */
export async function openRedisGroup(
  urls: readonly string[],
  options: GroupOptions,
): Promise<(Redis | Promise<Redis>)[]> {
  const tries = await Promise.allSettled(urls.map((url) => openChecked(url, options)));
  const failed = tries.flatMap((each) => (each.status === 'rejected' ? [asRedisError(each.reason)] : []));
  const grave = failed.find(({ code }) => code !== 'REDIS_UNREACHABLE');
  if (grave !== undefined) throw grave;
  if (failed[0] !== undefined && failed.length === urls.length) throw failed[0];
  return tries.map((result, i) => {
    if (result.status === 'fulfilled') return result.value;
    const later = openLater(urls[i] ?? '', options);
    // Where the waiting ends, nobody may be there to hear of it.
    later.catch(() => undefined);
    return later;
  });
}

async function openChecked(url: string, { requirements, log, onOpen }: GroupOptions): Promise<Redis> {
  const redis = await openRedis(url, log);
  onOpen(redis);
  await checkRedis(redis, url, requirements);
  return redis;
}

async function openLater(url: string, options: GroupOptions): Promise<Redis> {
  const { log, signal } = options;
  const address = redisAddress(url);
  log?.warn({ redis: address }, 'a server of slices is away; the others are used until it is there');
  for (let said = 'REDIS_UNREACHABLE'; ;) {
    await sleep(LOOK_AGAIN_MS, undefined, { signal, ref: false });
    try {
      const redis = await openChecked(url, options);
      log?.info({ redis: address }, 'a server of slices is there');
      return redis;
    } catch (error) {
      const { code } = asRedisError(error);
      if (code !== said) log?.warn({ redis: address, error }, 'a server of slices cannot be used');
      said = code;
    }
  }
}
