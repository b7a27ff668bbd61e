/** Those of the error table that a Redis client's errors come to. */
type RedisErrorCode = 'REDIS_DENIED' | 'REDIS_FULL' | 'REDIS_UNSUITABLE' | 'REDIS_UNREACHABLE';

interface Advice {
  expected: string;
  remedy: string;
}

type Meaning = [reply: RegExp, code: RedisErrorCode, advice: Advice];

/** What the error replies of a Redis server mean. The first that fits counts. */
const MEANINGS: readonly Meaning[] = [
  [
    /WRONGPASS|NOAUTH|invalid password|invalid username/i,
    'REDIS_DENIED',
    {
      expected: 'Redis to accept the login in its address',
      remedy: 'Correct the user name and password in REDIS_URL or BATCH_REDIS_URL.',
    },
  ],
  [
    /NOPERM|ACL failure|can't run this command|can't access at least one of the keys/,
    'REDIS_DENIED',
    {
      expected: 'the Redis user to have the permissions that a queue needs',
      remedy: 'Grant them: docs/operations.md lists the commands, keys and channels.',
    },
  ],
  [
    /^OOM|OOM command not allowed/,
    'REDIS_FULL',
    {
      expected: 'room in Redis for jobs and slices',
      remedy:
        'Raise its maxmemory, set ALEXNET_WINDOW_BYTES lower, or put slices into a server of their own (BATCH_REDIS_URL).',
    },
  ],
  [
    /READONLY|MASTERDOWN|NOREPLICAS|UNBLOCKED/,
    'REDIS_UNSUITABLE',
    {
      expected: 'a Redis primary that takes writes',
      remedy: 'Set REDIS_URL and BATCH_REDIS_URL to the primary, or wait for the failover to end.',
    },
  ],
  [
    /^MOVED|^ASK |CROSSSLOT|CLUSTERDOWN/,
    'REDIS_UNSUITABLE',
    { expected: 'a single Redis server, not a cluster', remedy: 'Use a server without cluster mode.' },
  ],
  [
    /unknown command|Unknown Redis command/i,
    'REDIS_UNSUITABLE',
    {
      expected: 'a server with every command of Redis 6.2',
      remedy: 'Use Redis 6.2 or newer, or Valkey, without renamed commands.',
    },
  ],
  [
    /^MISCONF/,
    'REDIS_UNSUITABLE',
    {
      expected: 'Redis to be able to write to its disk',
      remedy: "Look into the server's log; free some disk space.",
    },
  ],
  [
    /^LOADING|^BUSY|^TRYAGAIN|max number of clients/,
    'REDIS_UNREACHABLE',
    { expected: 'Redis to be ready', remedy: 'Wait until it is, then run the command again.' },
  ],
];

/** Not a reply: the connection was closed while the command waited. */
const CLOSED: Advice = {
  expected: 'an answer from Redis',
  remedy: 'Check that it runs, and its address.',
};

/** What an error of a Redis client means; undefined for any other error. */
export function meaningOfRedisError(thrown: unknown): (Advice & { code: RedisErrorCode }) | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (thrown.message === 'Connection is closed.' || thrown.name === 'MaxRetriesPerRequestError')
    return { code: 'REDIS_UNREACHABLE', ...CLOSED };
  // BullMQ passes the replies of its scripts on as they are.
  if (thrown.name !== 'ReplyError') return undefined;
  const messages = [thrown.message, ...reasonsOfAbort(thrown)];
  const meaning = MEANINGS.find(([reply]) => messages.some((message) => reply.test(message)));
  return meaning && { code: meaning[1], ...meaning[2] };
}

/** Why a transaction was not run: the refusals of its commands, which ioredis keeps beside the reply to EXEC. */
function reasonsOfAbort(thrown: Error & { previousErrors?: unknown }): string[] {
  const { previousErrors } = thrown;
  return Array.isArray(previousErrors)
    ? previousErrors.flatMap((error: unknown) => (error instanceof Error ? error.message : []))
    : [];
}
