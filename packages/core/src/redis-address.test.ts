import { expect, it } from 'vitest';
import { RedisAddress, redisEndpoints } from './redis-address.ts';

const isAddress = (text: string): boolean => RedisAddress.safeParse(text).success;

it.each([
  'redis://host',
  'redis://127.0.0.1:6379',
  'redis://[::1]:6379/15?family=6',
  'redis://:p%40ss@redis-1.example/0',
  'redis://user:p,w@host_1/',
  'rediss://host?cacert=/etc/ca.pem&sni=redis.example',
  'rediss://host?cert=/etc/client.pem&key=/etc/client.key',
  'redis+sentinel://one:26379,two,[::1]:26381/mymaster',
  'redis+sentinel://user:p%2Cw@one,two/my-master.1/15?family=4',
  'redis+sentinel://one/mymaster?sentinelUsername=u&sentinelPassword=p%26',
  'rediss+sentinel://one,two/mymaster?cacert=/etc/ca.pem&sni=redis.example',
  'unix:///run/redis.sock',
  'unix:///a%20folder/redis.sock?username=u&password=p%26&db=2',
])('takes %s', (text) => {
  expect(isAddress(text)).toBe(true);
});

it.each([
  '',
  'host:6379',
  'http://host',
  'redis://',
  'redis:///1',
  'redis://a,b',
  'redis://host:99999',
  'redis://host/name',
  'redis://host/-1',
  'redis://host/1/2',
  'redis://host#1',
  'redis://:%zz@host',
  'redis://host?family=5',
  // ioredis would take any of its options out of an address.
  'redis://host?keyPrefix=x',
  'redis://host?cacert=/etc/ca.pem',
  'rediss://host?cacert=a&cacert=b',
  'rediss://host?cert=/etc/client.pem',
  'rediss://host?rejectUnauthorized=false',
  'redis://host?sentinelPassword=x',
  'redis+sentinel://one,two',
  'redis+sentinel://one,two/',
  'redis+sentinel:///mymaster',
  'redis+sentinel://one,,two/mymaster',
  'redis+sentinel://one,two:x/mymaster',
  'redis+sentinel://one,two:99999/mymaster',
  'redis+sentinel://one,a b/mymaster',
  'redis+sentinel://one/mymaster/zero',
  'redis+sentinel://one/mymaster?name=other',
  'redis+sentinel://one/mymaster?cacert=/etc/ca.pem',
  'redis+sentinel://one/my%zz',
  'unix:/run/redis.sock',
  'unix://host/run/redis.sock',
  'unix:///run/redis.sock?db=one',
])('refuses %j', (text) => {
  expect(isAddress(text)).toBe(false);
});

it('is one address for each Sentinel, with the same login, path and parameters', () => {
  const address = 'redis+sentinel://u:p%2Cw@one:1,two,[::1]:3/mymaster/2?family=6';
  expect(redisEndpoints(address).map(({ host }) => host)).toEqual(['one:1', 'two', '[::1]:3']);
  for (const { password, pathname, search } of redisEndpoints(address))
    expect([password, pathname, search]).toEqual(['p%2Cw', '/mymaster/2', '?family=6']);
});
