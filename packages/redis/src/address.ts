import { readFileSync } from 'node:fs';
import { AlexnetError, messageOf } from '@alexnet/core';
import type { RedisOptions } from 'ioredis';

const USUAL_PORT = 6379;

/** The address of a Redis without its password and its parameters, for messages. */
export function redisAddress(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return protocol === 'unix:' ? `unix://${pathname}` : `${protocol}//${host}`;
}

type ConnectionOptions = Pick<
  RedisOptions,
  'host' | 'port' | 'family' | 'path' | 'username' | 'password' | 'db' | 'tls'
>;

/**
 * What ioredis connects with, from an address that `RedisAddress` of the configuration allows. Not read by ioredis itself, which
 * takes any of its options out of an address.
 * @throws CONFIG_INVALID where a file of certificates cannot be read
 */
export function connectionOptions(url: string): ConnectionOptions {
  const address = new URL(url);
  const { protocol, hostname, port, pathname, searchParams } = address;
  if (protocol === 'unix:') {
    return {
      path: decodeURIComponent(pathname),
      ...login(searchParams.get('username'), searchParams.get('password')),
      ...database(searchParams.get('db')),
    };
  }
  const family = searchParams.get('family');
  return {
    // An IPv6 address has brackets in a URL, and none for the resolver.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? USUAL_PORT : Number(port),
    ...(family === null ? {} : { family: Number(family) }),
    ...login(decodeURIComponent(address.username), decodeURIComponent(address.password)),
    ...database(pathname.slice(1)),
    ...(protocol === 'rediss:' ? { tls: tlsOptions(searchParams) } : {}),
  };
}

const login = (
  username: string | null,
  password: string | null,
): Pick<RedisOptions, 'username' | 'password'> => ({
  ...(username ? { username } : {}),
  ...(password ? { password } : {}),
});

const database = (db: string | null): Pick<RedisOptions, 'db'> => (db ? { db: Number(db) } : {});

function tlsOptions(parameters: URLSearchParams): NonNullable<RedisOptions['tls']> {
  const file = (name: string): Buffer | undefined => {
    const path = parameters.get(name);
    return path === null ? undefined : readCertificates(name, path);
  };
  const [ca, cert, key, servername] = [file('cacert'), file('cert'), file('key'), parameters.get('sni')];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(servername && { servername }) };
}

function readCertificates(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: `a PEM file where ${name} in the address of Redis says`,
      actual: messageOf(error),
      remedy:
        'Correct the path in REDIS_URL or BATCH_REDIS_URL. It is that of a file on this machine, readable for this user.',
      cause: error,
    });
  }
}

/** The same address without a login. */
export function withoutLogin(url: string): string {
  const address = new URL(url);
  if (address.protocol === 'unix:') return `unix://${address.pathname}`;
  [address.username, address.password, address.pathname] = ['', '', ''];
  return address.href;
}
