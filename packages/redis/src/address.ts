import type { RedisOptions } from 'ioredis';

/** The address of a Redis without its password, for messages. */
export function redisAddress(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return protocol === 'unix:' ? `unix://${pathname}` : `${protocol}//${host}`;
}

type SocketOptions = Pick<RedisOptions, 'path' | 'username' | 'password' | 'db'>;

/**
 * What ioredis connects with. It reads addresses of the schemes `redis` and `rediss` itself; those of sockets have the form
 * of redis-py, `unix:///path/of/a/socket?username=…&password=…&db=…`.
 */
export function connectionOf(url: string): { place: string; options: SocketOptions } {
  const { protocol, pathname, searchParams } = new URL(url);
  if (protocol !== 'unix:') return { place: url, options: {} };
  const path = decodeURIComponent(pathname);
  const options: SocketOptions = { path };
  for (const name of ['username', 'password'] as const) {
    const value = searchParams.get(name);
    if (value !== null) options[name] = value;
  }
  const db = searchParams.get('db');
  return { place: path, options: db === null ? options : { ...options, db: Number(db) } };
}

/** The same address without a login. */
export function withoutLogin(url: string): string {
  const address = new URL(url);
  if (address.protocol === 'unix:') return `unix://${address.pathname}`;
  [address.username, address.password, address.pathname] = ['', '', ''];
  return address.href;
}
