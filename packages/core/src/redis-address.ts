import * as z from 'zod';

const OF_TLS = ['cacert', 'cert', 'key', 'sni'];
/** The login at the Sentinels themselves, which is another than that of the servers they watch. */
const OF_SENTINEL = ['sentinelUsername', 'sentinelPassword'];

/**
 * What may follow the path of an address of Redis, by its scheme. The names for TLS are those of redis-cli: files with the
 * certificates of authorities, the client's certificate, and its key; and the name that the server's certificate has to have.
 */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'redis:': ['family'],
  'rediss:': ['family', ...OF_TLS],
  'redis+sentinel:': ['family', ...OF_SENTINEL],
  'rediss+sentinel:': ['family', ...OF_SENTINEL, ...OF_TLS],
  'unix:': ['username', 'password', 'db'],
};

const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i;

/**
 * An address of Redis: `redis://…`, `rediss://…` over TLS, `unix:///path/of/a/socket`, or
 * `redis+sentinel://HOST:PORT,HOST:PORT/NAME`, which is the primary that these Sentinels call by this name.
 */
export const RedisAddress = z
  .union([
    // The address of a scheme that is not the web's may have any host, also one with commas.
    z.url({ protocol: /^rediss?$/, hostname: HOST }),
    z.string().regex(/^rediss?\+sentinel:\/\//),
    z.url({ protocol: /^unix$/ }).regex(/^unix:\/\/\/[^?]/, 'unix:// and the whole path of a socket'),
  ])
  .refine(isWhole, 'an address of Redis');

/**
 * The address once for each host in it: several where it names Sentinels. All have the same login, path and parameters.
 * @throws TypeError where one of them is no URL
 */
export function redisEndpoints(address: string): URL[] {
  const [, before = '', hosts = '', after = ''] =
    /^(rediss?\+sentinel:\/\/(?:[^@/?#]*@)?)([^@/?#]*)(.*)$/s.exec(address) ?? [];
  const texts = before === '' ? [address] : hosts.split(',').map((host) => before + host + after);
  return texts.map((text) => new URL(text));
}

function isWhole(text: string): boolean {
  try {
    return redisEndpoints(text).every(
      (url) => hasKnownParameters(url) && hasGoodValues(url) && namesWhatItNeeds(url),
    );
  } catch {
    return false;
  }
}

function hasKnownParameters({ protocol, searchParams }: URL): boolean {
  const names = [...searchParams.keys()];
  const known = PARAMETERS[protocol] ?? [];
  return new Set(names).size === names.length && names.every((name) => known.includes(name));
}

function hasGoodValues({ username, password, pathname, hash, searchParams }: URL): boolean {
  return (
    /^[046]$/.test(searchParams.get('family') ?? '0') &&
    searchParams.has('cert') === searchParams.has('key') &&
    hash === '' &&
    [username, password, pathname].every(isDecodable)
  );
}

/** The number of a database is optional, the name of a primary is not. */
function namesWhatItNeeds({ protocol, hostname, pathname, searchParams }: URL): boolean {
  if (protocol === 'unix:') return /^\d{0,9}$/.test(searchParams.get('db') ?? '');
  if (protocol.endsWith('+sentinel:')) return HOST.test(hostname) && /^\/[^/]+(\/\d{0,9})?$/.test(pathname);
  return /^\/?\d{0,9}$/.test(pathname);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
