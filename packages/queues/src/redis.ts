import { Redis } from 'ioredis';
import { AlexnetError, messageOf } from '@alexnet/core';

export type { Redis } from 'ioredis';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A connection whose other end says nothing for so long to a command is half open: it is closed, and the command is sent
 * again on another. Longer than BullMQ's blocking commands (5 s) and than a slice takes on a narrow link.
 */
const SILENCE_MS = 30_000;
const OLDEST_REDIS = [6, 2] as const;

/** The address of a Redis without its password, for messages. */
export function redisAddress(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/**
 * Connects to Redis. Once connected it reconnects by itself, for as long as it takes; commands wait meanwhile.
 * @throws REDIS_UNREACHABLE, REDIS_DENIED
 */
export async function openRedis(url: string): Promise<Redis> {
  let connected = false;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    // What BullMQ's blocking commands ask for: wait for the reconnect, however long.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => (connected ? Math.min(50 * 2 ** attempt, 2_000) : null),
  });
  // connect() rejects with "Connection is closed."; the reason comes as an event.
  let reason: unknown;
  redis.on('error', (error: unknown) => (reason = error));
  try {
    await redis.connect();
    await redis.ping();
    connected = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw connectionError(url, reason ?? error);
  }
}

function connectionError(url: string, cause: unknown): AlexnetError {
  const message = messageOf(cause) || ((cause as { code?: string }).code ?? 'no answer');
  if (/WRONGPASS|NOAUTH|NOPERM/.test(message)) {
    return new AlexnetError('REDIS_DENIED', {
      expected: `Redis at ${redisAddress(url)} to accept the password in its address`,
      actual: message,
      remedy: 'Correct the user name and password in REDIS_URL or BATCH_REDIS_URL.',
    });
  }
  return new AlexnetError('REDIS_UNREACHABLE', {
    expected: `an answer from Redis at ${redisAddress(url)}`,
    actual: message,
    remedy: 'Start it (`npx alexnet up` starts a local one) or set REDIS_URL to the right address.',
    cause,
  });
}

/**
 * Checks that nothing can be lost: an old Redis lacks commands, one that evicts keys when it is full would drop jobs
 * without a word, and one that is too small would refuse them.
 * @param leastBytes that its `maxmemory` has to be, where it has one
 * @throws REDIS_UNSUITABLE
 */
export async function checkRedis(redis: Redis, url: string, leastBytes = 0): Promise<void> {
  const server = await redis.info('server');
  const version = /redis_version:(\d+)\.(\d+)/.exec(server);
  const [major, minor] = [Number(version?.[1] ?? 0), Number(version?.[2] ?? 0)];
  if (major < OLDEST_REDIS[0] || (major === OLDEST_REDIS[0] && minor < OLDEST_REDIS[1])) {
    throw new AlexnetError('REDIS_UNSUITABLE', {
      expected: `Redis ${OLDEST_REDIS.join('.')} or newer, or Valkey, at ${redisAddress(url)}`,
      actual: `version ${major}.${minor}`,
      remedy: 'Use a newer server.',
    });
  }
  const memory = await redis.info('memory');
  const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1] ?? 'unknown';
  if (policy !== 'noeviction') {
    throw new AlexnetError('REDIS_UNSUITABLE', {
      expected: `maxmemory-policy noeviction at ${redisAddress(url)}`,
      actual: policy,
      remedy: 'Run `redis-cli CONFIG SET maxmemory-policy noeviction`, and put it into redis.conf.',
    });
  }
  const most = Number(/maxmemory:(\d+)/.exec(memory)?.[1] ?? 0);
  if (most > 0 && most < leastBytes) {
    throw new AlexnetError('REDIS_UNSUITABLE', {
      expected: `maxmemory of at least ${leastBytes} bytes at ${redisAddress(url)}: the window of a trainer and some room`,
      actual: `${most} bytes`,
      remedy: 'Raise it, or set ALEXNET_WINDOW_BYTES lower for all processes.',
    });
  }
}
