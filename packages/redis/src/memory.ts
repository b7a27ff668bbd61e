import type { Redis } from 'ioredis';
import { asRedisError } from './errors.ts';
import { fieldOf } from './info.ts';

/** Memory of a server, in bytes. */
export interface RedisMemory {
  used: number;
  /** Null without a limit. */
  limit: number | null;
}

/** @throws REDIS_UNREACHABLE, REDIS_DENIED */
export async function readRedisMemory(redis: Redis): Promise<RedisMemory> {
  try {
    const info = await redis.info('memory');
    const bytes = (name: string): number => Number(fieldOf(info, name) ?? 0);
    const limit = bytes('maxmemory');
    return { used: bytes('used_memory'), limit: limit === 0 ? null : limit };
  } catch (error) {
    throw asRedisError(error);
  }
}
