import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { AlexnetError, messageOf } from '@alexnet/core';

/** What a server is used for, and what its user must be allowed to do for that. */
export interface RedisUse {
  /** As messages call it. */
  name: string;
  /** One key of each kind is tried. */
  keyPrefixes: readonly string[];
  /** Every command that is run on a key, with arguments that do no harm and {@link TRIED_KEY} for the key. */
  commands: readonly (readonly string[])[];
  /** Of the channels that messages go through, if there are any. */
  channelPrefix?: string;
  /** Whether commands are sent as transactions (MULTI). */
  inTransactions?: boolean;
}

/** Stands for the key that is tried. */
export const TRIED_KEY = '<key>';

/** Tries the commands on one key and returns the refusals. A script, so that it is one round trip. */
const TRY_COMMANDS = `
  local refused = {}
  for _, command in ipairs(cjson.decode(ARGV[1])) do
    for i, word in ipairs(command) do
      if word == '${TRIED_KEY}' then command[i] = KEYS[1] end
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

/**
 * Tries every command, key and channel that a server is used for, so that nothing is refused in the middle of the work. The
 * keys that it makes are gone at its end.
 * @throws REDIS_DENIED naming what the user may not do
 */
export async function checkPermissions(redis: Redis, address: string, use: RedisUse): Promise<void> {
  const id = `probe-${randomUUID()}`;
  const refused = new Set<string>();
  for (const prefix of use.keyPrefixes) {
    for (const refusal of await attempt(redis, prefix + id, use)) refused.add(refusal);
  }
  for (const [command, run] of otherCommands(redis, use, id)) {
    await run().catch((error: unknown) => refused.add(`${command}: ${messageOf(error)}`));
  }
  if (refused.size === 0) return;
  throw new AlexnetError('REDIS_DENIED', {
    expected: `the Redis user at ${address} to have the permissions that ${use.name} need`,
    actual:
      [...refused].slice(0, SHOWN).join('; ') +
      (refused.size > SHOWN ? `; and ${refused.size - SHOWN} more` : ''),
    remedy: 'Grant them: docs/operations.md lists the commands, keys and channels.',
  });
}

const SHOWN = 5;

const attempt = async (redis: Redis, key: string, { commands }: RedisUse): Promise<string[]> =>
  (await redis.eval(TRY_COMMANDS, 1, key, JSON.stringify(commands))) as string[];

function otherCommands(redis: Redis, use: RedisUse, id: string): [string, () => Promise<unknown>][] {
  const others: [string, () => Promise<unknown>][] = [];
  if (use.channelPrefix !== undefined) {
    const channel = use.channelPrefix + id;
    others.push(
      ['publish', () => redis.publish(channel, '')],
      ['subscribe', () => redis.subscribe(channel).finally(() => redis.unsubscribe(channel))],
    );
  }
  if (use.inTransactions === true) {
    const key = `${use.keyPrefixes[0] ?? ''}${id}`;
    others.push(['multi', () => redis.multi().exists(key).exec()]);
  }
  return others;
}
