import { readFileSync } from 'node:fs';
import { AlexnetError, messageOf, redisEndpoints } from '@alexnet/core';
import type { RedisOptions } from 'ioredis';

const USUAL_PORT = 6379;
const USUAL_SENTINEL_PORT = 26_379;

/** The address of a Redis without its password and its parameters, for messages. */
export function redisAddress(address: string): string {
  const [first, ...others] = redisEndpoints(address) as [URL, ...URL[]];
  const { protocol, host, pathname } = first;
  if (protocol === 'unix:') return `unix://${pathname}`;
  const hosts = [host, ...others.map((other) => other.host)].join(',');
  return `${protocol}//${hosts}${isOfSentinels(first) ? `/${pathname.split('/')[1]}` : ''}`;
}

/** Whether its hosts are Sentinels, which say where the server is. */
const isOfSentinels = ({ protocol }: URL): boolean => protocol.endsWith('+sentinel:');

/** Of an address of Sentinels: what they call the primary that is meant. Undefined for other addresses. */
export function primaryName(address: string): string | undefined {
  const [url] = redisEndpoints(address) as [URL];
  return isOfSentinels(url) ? decodeURIComponent(url.pathname.split('/')[1] ?? '') : undefined;
}

type ConnectionOptions = Pick<
  RedisOptions,
  | 'host'
  | 'port'
  | 'family'
  | 'path'
  | 'username'
  | 'password'
  | 'db'
  | 'tls'
  | 'sentinels'
  | 'name'
  | 'sentinelUsername'
  | 'sentinelPassword'
  | 'sentinelTLS'
  | 'enableTLSForSentinelMode'
>;

/**
 * What ioredis connects with, from an address that `RedisAddress` of the configuration allows. Not read by ioredis itself, which
 * takes any of its options out of an address.
 * @throws CONFIG_INVALID where a file of certificates cannot be read
 */
export function connectionOptions(address: string): ConnectionOptions {
  const endpoints = redisEndpoints(address) as [URL, ...URL[]];
  const [url] = endpoints;
  const { protocol, pathname, searchParams } = url;
  if (protocol === 'unix:') {
    return {
      path: decodeURIComponent(pathname),
      ...login(searchParams.get('username'), searchParams.get('password')),
      ...database(searchParams.get('db')),
    };
  }
  const family = searchParams.get('family');
  const tls = protocol.startsWith('rediss') ? tlsOptions(searchParams) : undefined;
  const common = {
    ...(family === null ? {} : { family: Number(family) }),
    ...login(decodeURIComponent(url.username), decodeURIComponent(url.password)),
    ...(tls && { tls }),
  };
  const name = primaryName(address);
  if (name === undefined)
    return { ...common, ...endpointOf(url, USUAL_PORT), ...database(pathname.slice(1)) };
  const [username, password] = ['sentinelUsername', 'sentinelPassword'].map((key) => searchParams.get(key));
  return {
    ...common,
    ...database(pathname.split('/')[2] ?? null),
    name,
    sentinels: endpoints.map((sentinel) => endpointOf(sentinel, USUAL_SENTINEL_PORT)),
    ...(username ? { sentinelUsername: username } : {}),
    ...(password ? { sentinelPassword: password } : {}),
    ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  };
}

const endpointOf = ({ hostname, port }: URL, usualPort: number): { host: string; port: number } => ({
  // An IPv6 address has brackets in a URL, and none for the resolver.
  host: hostname.replace(/^\[(.*)\]$/, '$1'),
  port: port === '' ? usualPort : Number(port),
});

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

/** The same address of one server without a login. */
export function withoutLogin(url: string): string {
  const address = new URL(url);
  if (address.protocol === 'unix:') return `unix://${address.pathname}`;
  [address.username, address.password, address.pathname] = ['', '', ''];
  return address.href;
}
