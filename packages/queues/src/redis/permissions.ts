import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { AlexnetError, messageOf } from '@alexnet/core';
import { QUEUE_NAMES } from '../schemas.ts';

/** What a server is used for. */
export type RedisUse = 'jobs' | 'slices';

/** In the place of the key that is tried. */
const KEY = '<key>';

/**
 * Every command that is run on a key, with arguments that do no harm: ours, and those inside of BullMQ's scripts (of its
 * version in pnpm-workspace.yaml; a test compares).
 */
export const KEY_COMMANDS: Readonly<Record<RedisUse, readonly (readonly string[])[]>> = {
  slices: [
    ['set', KEY, '1', 'EX', '60', 'NX'],
    ['expire', KEY, '60'],
    ['pexpire', KEY, '60000'],
    ['exists', KEY],
    ['strlen', KEY],
    ['get', KEY],
    ['unlink', KEY],
  ],
  jobs: [
    ...[
      ['set', KEY, '1', 'EX', '60', 'NX'],
      ['get', KEY],
      ['mget', KEY],
      ['exists', KEY],
      ['expire', KEY, '60'],
      ['pexpire', KEY, '60000'],
      ['pexpireat', KEY, '9999999999999'],
      ['persist', KEY],
      ['pttl', KEY],
      ['type', KEY],
      ['del', KEY],
      ['incr', KEY],
      ['incrby', KEY, '1'],
      ['rename', KEY, KEY],
      ['unlink', KEY],
    ],
    ...[
      ['hset', KEY, 'f', '1'],
      ['hmset', KEY, 'f', '1'],
      ['hsetnx', KEY, 'f', '1'],
      ['hget', KEY, 'f'],
      ['hmget', KEY, 'f'],
      ['hgetall', KEY],
      ['hexists', KEY, 'f'],
      ['hincrby', KEY, 'f', '1'],
      ['hlen', KEY],
      ['hdel', KEY, 'f'],
    ],
    ...[
      ['lpush', KEY, 'a'],
      ['rpush', KEY, 'a'],
      ['lset', KEY, '0', 'a'],
      ['llen', KEY],
      ['lindex', KEY, '0'],
      ['lpos', KEY, 'a'],
      ['lrange', KEY, '0', '0'],
      ['rpoplpush', KEY, KEY],
      ['lpop', KEY],
      ['rpop', KEY],
      ['lrem', KEY, '0', 'a'],
      ['ltrim', KEY, '0', '0'],
    ],
    ...[
      ['del', KEY],
      ['sadd', KEY, 'a'],
      ['scard', KEY],
      ['sismember', KEY, 'a'],
      ['smembers', KEY],
      ['srem', KEY, 'a'],
    ],
    ...[
      ['zadd', KEY, '0', 'a'],
      ['zcard', KEY],
      ['zcount', KEY, '0', '1'],
      ['zlexcount', KEY, '-', '+'],
      ['zrange', KEY, '0', '0'],
      ['zrangebylex', KEY, '-', '+'],
      ['zrangebyscore', KEY, '0', '1'],
      ['zrevrange', KEY, '0', '0'],
      ['zrevrangebyscore', KEY, '1', '0'],
      ['zscore', KEY, 'a'],
      ['zremrangebyrank', KEY, '1', '2'],
      ['zremrangebyscore', KEY, '5', '6'],
      ['zpopmin', KEY],
      ['bzpopmin', KEY, '0.01'],
      ['zrem', KEY, 'a'],
    ],
    ...[
      ['xadd', KEY, '1-1', 'f', 'v'],
      ['xlen', KEY],
      ['xrange', KEY, '-', '+'],
      ['xread', 'COUNT', '1', 'STREAMS', KEY, '0'],
      ['xtrim', KEY, 'MAXLEN', '1'],
      ['xdel', KEY, '1-1'],
      ['del', KEY],
    ],
    ['time'],
  ],
};

/** Tries the commands on one key and returns the refusals. A script, so that it is one round trip. */
const TRY_COMMANDS = `
  local refused = {}
  for _, command in ipairs(cjson.decode(ARGV[1])) do
    for i, word in ipairs(command) do
      if word == '${KEY}' then command[i] = KEYS[1] end
    end
    local reply = redis.pcall(unpack(command))
    if type(reply) == 'table' and reply.err and
      (string.find(reply.err, 'permission') or string.find(reply.err, 'NOPERM') or string.find(reply.err, 'ACL') or
       string.find(reply.err, "can't run") or string.find(reply.err, "can't access") or
       string.find(reply.err, 'Unknown Redis command'))
    then
      refused[#refused + 1] = command[1] .. ': ' .. reply.err
    end
  end
  redis.pcall('del', KEYS[1])
  return refused
`;

/** Tries a key of each kind that is used. */
const KEYS: Readonly<Record<RedisUse, readonly string[]>> = {
  slices: ['alexnet:slice:', 'alexnet:slices-'],
  jobs: ['alexnet:', ...QUEUE_NAMES.map((queue) => `alexnet:${queue}:`)],
};

/**
 * Tries every command, key and channel that a server is used for, so that nothing is refused in the middle of the work. The
 * keys that it makes are gone at its end.
 * @throws REDIS_DENIED naming what the user may not do
 */
export async function checkPermissions(redis: Redis, address: string, use: RedisUse): Promise<void> {
  const id = `probe-${randomUUID()}`;
  const refused = new Set<string>();
  for (const prefix of KEYS[use]) {
    for (const refusal of await attempt(redis, prefix + id, use)) refused.add(refusal);
  }
  const channel = `alexnet:ready:${id}`;
  const others: [string, () => Promise<unknown>][] =
    use === 'slices'
      ? [
          ['publish', () => redis.publish(channel, '')],
          ['subscribe', () => redis.subscribe(channel).finally(() => redis.unsubscribe(channel))],
        ]
      : [['multi', () => redis.multi().exists(`alexnet:${id}`).exec()]];
  for (const [command, run] of others) {
    await run().catch((error: unknown) => refused.add(`${command}: ${messageOf(error)}`));
  }
  if (refused.size === 0) return;
  throw new AlexnetError('REDIS_DENIED', {
    expected: `the Redis user at ${address} to have the permissions that ${use} need`,
    actual:
      [...refused].slice(0, SHOWN).join('; ') +
      (refused.size > SHOWN ? `; and ${refused.size - SHOWN} more` : ''),
    remedy: 'Grant them: docs/operations.md lists the commands, keys and channels.',
  });
}

const SHOWN = 5;

const attempt = async (redis: Redis, key: string, use: RedisUse): Promise<string[]> =>
  (await redis.eval(TRY_COMMANDS, 1, key, JSON.stringify(KEY_COMMANDS[use]))) as string[];
