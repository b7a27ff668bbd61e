import { AlexnetError, type Logger } from '@alexnet/core';
import { primaryName, redisAddress, withoutLogin } from './address.ts';
import { checkKind } from './check.ts';
import { asRedisError, detailOf, isOfTls } from './errors.ts';
import { PrimaryConnection, SentinelError } from './primary.ts';
import type { Redis } from 'ioredis';

/**
 * Connects to Redis. Once connected it reconnects by itself, for as long as it takes, and commands wait meanwhile. It leaves
 * a server that has become a replica: see {@link PrimaryConnection}.
 * @throws REDIS_UNREACHABLE; REDIS_DENIED; REDIS_UNSUITABLE for a Sentinel in the place of a server, for Sentinels that do not
 * know the primary, and for a database that is not there
 */
export async function openRedis(url: string, log?: Logger): Promise<Redis> {
  const redis = new PrimaryConnection(url, log);
  try {
    await redis.open();
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof SentinelError) throw sentinelError(url, error);
    if (REFUSED_LOGIN.test(detailOf(error)) && primaryName(url) === undefined) await checkWithoutLogin(url);
    throw connectionError(url, error);
  }
}

/** A Sentinel does not know the users of the servers that it watches, but says what it is. */
async function checkWithoutLogin(url: string): Promise<void> {
  const redis = new PrimaryConnection(withoutLogin(url));
  let info = '';
  try {
    await redis.open();
    info = await redis.info('server');
  } catch {
    // It wants a login too.
  } finally {
    redis.disconnect();
  }
  checkKind(info, redisAddress(url));
}

const REFUSED_LOGIN = /WRONGPASS|NOAUTH/;
const NO_DATABASE =
  /DB index is out of range|SELECT is not allowed in cluster mode|unknown command 'select'/i;

/** @param thrown why a server cannot be reached */
function remedyFor(url: string, thrown: unknown): string {
  const start = 'Start it (`npx alexnet up` starts a local one) or set REDIS_URL to the right address.';
  if (!url.startsWith('rediss')) return start;
  const withoutTls = 'Use redis:// where the server has no TLS.';
  return isOfTls(thrown)
    ? `Name the authority that signed its certificate, and a certificate of this client if it asks for one: rediss://HOST?cacert=FILE&cert=FILE&key=FILE. ${withoutTls}`
    : `${start} ${withoutTls}`;
}

function sentinelError(url: string, cause: SentinelError): AlexnetError {
  const [address, name, actual] = [redisAddress(url), primaryName(url) ?? '', cause.message];
  if (REFUSED_LOGIN.test(actual)) {
    return new AlexnetError('REDIS_DENIED', {
      expected: `the Sentinels of ${address} to accept their login`,
      actual,
      remedy:
        'Put the login of the Sentinels into the address: ?sentinelUsername=USER&sentinelPassword=PASSWORD. The one before the @ is that of the servers.',
      cause,
    });
  }
  if (/unknown command/i.test(actual)) {
    return new AlexnetError('REDIS_UNSUITABLE', {
      expected: `Sentinels at ${address}`,
      actual,
      remedy: 'Use redis://HOST:PORT where there is no Sentinel, or correct the ports (26379 unless set).',
      cause,
    });
  }
  if (/invalid reply: null|No such master/i.test(actual)) {
    return new AlexnetError('REDIS_UNSUITABLE', {
      expected: `a Sentinel at ${address} that watches a primary named ${name}`,
      actual: 'none that knows it',
      remedy: 'Correct the name. `redis-cli -p PORT SENTINEL MASTERS` lists those that a Sentinel knows.',
      cause,
    });
  }
  return new AlexnetError('REDIS_UNREACHABLE', {
    expected: `an answer from a Sentinel at ${address}`,
    actual,
    remedy: `Check that the Sentinels run, and their addresses.${url.startsWith('rediss') ? ' Sentinels have to offer TLS as well, with certificates that cacert in the address covers.' : ''}`,
    cause,
  });
}

function connectionError(url: string, cause: unknown): AlexnetError {
  const address = redisAddress(url);
  const actual = detailOf(cause);
  if (REFUSED_LOGIN.test(actual)) {
    return new AlexnetError('REDIS_DENIED', {
      expected: `Redis at ${address} to accept the login in its address`,
      actual,
      remedy: 'Correct the user name and password in REDIS_URL or BATCH_REDIS_URL.',
      cause,
    });
  }
  if (NO_DATABASE.test(actual)) {
    return new AlexnetError('REDIS_UNSUITABLE', {
      expected: `the database number in the address of the Redis at ${address} to exist`,
      actual,
      remedy: 'Leave the number out of REDIS_URL and BATCH_REDIS_URL, or give one that the server has.',
      cause,
    });
  }
  const known = asRedisError(cause);
  if (known.code !== 'INTERNAL' && known.code !== 'REDIS_UNREACHABLE') return known;
  return new AlexnetError('REDIS_UNREACHABLE', {
    expected: `an answer from Redis at ${address}`,
    actual,
    remedy: remedyFor(url, cause),
    cause,
  });
}
