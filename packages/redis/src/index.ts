/**
 * Connections to Redis: how they are opened, what is checked at startup, how they leave a server that is no longer the
 * primary, and how large values travel. The only importer of ioredis.
 */
export type { Redis } from 'ioredis';
export { redisAddress } from './address.ts';
export { checkRedis } from './check.ts';
export type { RedisRequirements } from './check.ts';
export { asRedisError, logRedisError } from './errors.ts';
export { LargeConnection } from './large-connection.ts';
export type { Allocate } from './large-replies.ts';
export { readRedisMemory } from './memory.ts';
export type { RedisMemory } from './memory.ts';
export { openRedis } from './open.ts';
export { openRedisGroup } from './open-group.ts';
export { TRIED_KEY } from './permissions.ts';
export type { RedisUse } from './permissions.ts';
export { replies } from './replies.ts';
export { SetCommand } from './set-command.ts';
