import { expect, it } from 'vitest';
import { RedisAddress } from './redis-address.ts';

const isAddress = (text: string): boolean => RedisAddress.safeParse(text).success;

it.each([
  'redis://host',
  'redis://127.0.0.1:6379',
  'redis://[::1]:6379/15?family=6',
  'redis://:p%40ss@redis-1.example/0',
  'redis://user:p,w@host_1/',
  'rediss://host?cacert=/etc/ca.pem&sni=redis.example',
  'rediss://host?cert=/etc/client.pem&key=/etc/client.key',
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
  'unix:/run/redis.sock',
  'unix://host/run/redis.sock',
  'unix:///run/redis.sock?db=one',
])('refuses %j', (text) => {
  expect(isAddress(text)).toBe(false);
});
