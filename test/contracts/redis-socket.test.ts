import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { openRedis, redisAddress, type Redis } from '@alexnet/redis';

const { cacheDir } = loadConfig();
let folder: string;
let server: RunningRedis;
/** The address of its socket. */
let socketUrl: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet socket #1 '));
  server = await startRedis({
    ...{ cacheDir, dataDir: folder, password: 'a secret?&#', appendOnly: false, unixSocket: true },
  });
  socketUrl = server.socketUrl ?? '';
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = await openRedis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

it('is the same server as at its port', async () => {
  expect(socketUrl).toMatch(/^unix:\/\/\//);
  await withRedis(socketUrl, (redis) => redis.set('k', 'v'));
  expect(await withRedis(server.url, (redis) => redis.get('k'))).toBe('v');
});

it('has databases, and connections that were duplicated', async () => {
  await withRedis(`${socketUrl}&db=3`, async (redis) => {
    await redis.set('k', 'other');
    const copy = redis.duplicate();
    expect([await copy.get('k'), copy.options.path]).toEqual(['other', path.join(folder, 'redis.sock')]);
    copy.disconnect();
  });
  expect(await withRedis(socketUrl, (redis) => redis.get('k'))).toBe('v');
});

it.each([
  ['another password', 'password=wrong', 'REDIS_DENIED'],
  ['no password', '', 'REDIS_DENIED'],
  ['a database that is not there', 'password=a%20secret%3F%26%23&db=99', 'REDIS_UNSUITABLE'],
])('refuses %s without telling the password', async (_, query, code) => {
  const address = redisAddress(socketUrl);
  const refused = openRedis(`${address}?${query}`);
  await expect(refused).rejects.toMatchObject({ code });
  await expect(refused).rejects.toThrow(address);
  await expect(refused).rejects.not.toThrow(/secret|wrong/);
});

it('says where no server is', async () => {
  const missing = `unix://${encodeURI(path.join(folder, 'missing.sock')).replaceAll('#', '%23')}`;
  await expect(openRedis(missing)).rejects.toMatchObject({
    code: 'REDIS_UNREACHABLE',
    expected: `an answer from Redis at ${missing}`,
  });
});

it('connects again when the server is started again', async () => {
  const dataDir = path.join(folder, 'again');
  const options = { cacheDir, dataDir, appendOnly: false, password: 'p', unixSocket: true };
  const first = await startRedis(options);
  await withRedis(first.socketUrl ?? '', async (redis) => {
    await first.stop();
    const waiting = redis.ping();
    const second = await startRedis(options);
    expect(await waiting).toBe('PONG');
    await second.stop();
  });
});

it('is left out where its path is too long', async () => {
  const dataDir = path.join(folder, 'x'.repeat(100));
  const long = await startRedis({ cacheDir, dataDir, appendOnly: false, unixSocket: true });
  expect(long.socketUrl).toBeUndefined();
  await long.stop();
});

it.each(['unix://host/path', 'unix:///', 'unix:'])('refuses %s as a setting', (url) => {
  expect(() => loadConfig({ REDIS_URL: url })).toThrow(/REDIS_URL/);
});
