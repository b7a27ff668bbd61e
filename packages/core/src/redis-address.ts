import * as z from 'zod';

/**
 * What may follow the path of an address of Redis, by its scheme. The names for TLS are those of redis-cli: files with the
 * certificates of authorities, the client's certificate, and its key; and the name that the server's certificate has to have.
 */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'redis:': ['family'],
  'rediss:': ['family', 'cacert', 'cert', 'key', 'sni'],
  'unix:': ['username', 'password', 'db'],
};

/** An address of Redis: `redis://…`, `rediss://…` over TLS, or `unix:///path/of/a/socket`. */
export const RedisAddress = z
  .union([
    // The address of a scheme that is not the web's may have any host, also one with commas.
    z.url({ protocol: /^rediss?$/, hostname: /^([\w.-]+|\[[\da-f:.]+\])$/i }),
    z.url({ protocol: /^unix$/ }).regex(/^unix:\/\/\/[^?]/, 'unix:// and the whole path of a socket'),
  ])
  .refine(hasKnownParameters, 'parameters that its scheme has')
  .refine(hasGoodValues, 'values that its parts can have');

function hasKnownParameters(text: string): boolean {
  const { protocol, searchParams } = new URL(text);
  const names = [...searchParams.keys()];
  const known = PARAMETERS[protocol] ?? [];
  return new Set(names).size === names.length && names.every((name) => known.includes(name));
}

function hasGoodValues(text: string): boolean {
  const { protocol, username, password, pathname, hash, searchParams } = new URL(text);
  const db = protocol === 'unix:' ? (searchParams.get('db') ?? '') : pathname.slice(1);
  return (
    /^\d{0,9}$/.test(db) &&
    /^[046]$/.test(searchParams.get('family') ?? '0') &&
    searchParams.has('cert') === searchParams.has('key') &&
    hash === '' &&
    [username, password, pathname].every(isDecodable)
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
