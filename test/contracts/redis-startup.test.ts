import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '@alexnet/core';
import { provisionRedis, startProcess, startRedis } from '@alexnet/local';
import { JOBS } from '@alexnet/queues';
import { checkRedis, openRedis } from '@alexnet/redis';
import { SLICES } from '@alexnet/tensor-store';
import { sendToRedis } from '../support/redis-commands.ts';

const require = createRequire(import.meta.url);
const { cacheDir } = loadConfig();
const ALL = { uses: [JOBS, SLICES], leastBytes: 0 };

let folder: string;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-redis-kinds-'));
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await rm(folder, { recursive: true });
});

async function server(name: string): Promise<string> {
  const running = await startRedis({ cacheDir, dataDir: path.join(folder, name), appendOnly: false });
  closers.push(() => running.stop());
  return running.url;
}

/** A server that is started with options of its own; without a password. */
async function serverWith(name: string, port: number, ...options: string[]): Promise<string> {
  const { file } = await provisionRedis({ cacheDir });
  const dataDir = path.join(folder, name);
  await mkdir(dataDir);
  const configFile = path.join(dataDir, 'redis.conf');
  await writeFile(configFile, `port ${port}\nbind 127.0.0.1\ndir ${dataDir}\nsave ""\n`);
  const logFile = path.join(dataDir, 'log');
  const running = await startProcess({ name, command: file, args: [configFile, ...options], logFile });
  closers.push(() => running.stop());
  const url = `redis://127.0.0.1:${port}`;
  await expect.poll(() => sendToRedis(url, 'PING').catch(() => '')).toContain('PONG');
  return url;
}

/** The server as a user sees it who may do what the rules say. */
async function as(url: string, ...rules: string[]): Promise<string> {
  const user = `job-${randomBytes(3).toString('hex')}`;
  expect(await sendToRedis(url, `ACL SETUSER ${user} reset on >pw ${rules.join(' ')}`)).toContain('+OK');
  const seen = new URL(url);
  [seen.username, seen.password] = [user, 'pw'];
  return seen.href;
}

async function check(url: string): Promise<void> {
  const redis = await openRedis(url);
  try {
    await checkRedis(redis, url, ALL);
  } finally {
    redis.disconnect();
  }
}

describe('a Redis that cannot do the work is refused', () => {
  const kinds: Record<string, { url: () => Promise<string>; code: string; says: RegExp }> = {
    'a node of a cluster': {
      url: () => serverWith('cluster', 17_001, '--cluster-enabled', 'yes'),
      ...{ code: 'REDIS_UNSUITABLE', says: /cluster/i },
    },
    'a Sentinel': {
      url: () => serverWith('sentinel', 17_002, '--sentinel'),
      ...{ code: 'REDIS_UNSUITABLE', says: /Sentinel/ },
    },
    'a Sentinel, at which the login of the primary is tried': {
      async url() {
        const url = new URL(await serverWith('sentinel-login', 17_003, '--sentinel'));
        [url.username, url.password] = ['job', 'pw'];
        return url.href;
      },
      ...{ code: 'REDIS_UNSUITABLE', says: /Sentinel/ },
    },
    'a database that is not there': {
      url: async () => `${await sharedServer()}/99`,
      ...{ code: 'REDIS_UNSUITABLE', says: /DB index is out of range/ },
    },
    'a read-only replica': {
      async url() {
        const primary = await server('primary');
        const replica = await server('replica');
        const { port, password } = new URL(primary);
        await sendToRedis(replica, `CONFIG SET masterauth ${password}`, `REPLICAOF 127.0.0.1 ${port}`);
        const info = (): Promise<string> => sendToRedis(replica, 'INFO replication');
        await expect.poll(info).toContain('master_link_status:up');
        return replica;
      },
      ...{ code: 'REDIS_UNSUITABLE', says: /replica of 127\.0\.0\.1/ },
    },
    'one that evicts': {
      async url() {
        const url = await server('evicts');
        await sendToRedis(url, 'CONFIG SET maxmemory-policy allkeys-lru');
        return url;
      },
      ...{ code: 'REDIS_UNSUITABLE', says: /allkeys-lru/ },
    },
  };

  it.each(Object.keys(kinds))('%s', async (kind) => {
    const { url, code, says } = kinds[kind] as (typeof kinds)[string];
    const address = await url();
    const refusal = await check(address).then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string },
    );
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(says) as string });
    await expectSameFromProcesses(address, code, says);
  });

  it.each([
    ['INFO', ['~*', '&*', '+@all', '-info'], /info/],
    ['scripts', ['~*', '&*', '+@all', '-eval', '-evalsha'], /eval/],
    ['a command that only scripts run', ['~*', '&*', '+@all', '-zrangebyscore'], /zrangebyscore/],
    ['a command of slices', ['~*', '&*', '+@all', '-strlen'], /strlen/],
    ['taking jobs', ['~*', '&*', '+@all', '-bzpopmin'], /bzpopmin/],
    ['transactions', ['~*', '&*', '+@all', '-multi'], /multi/],
    ['telling who waits', ['~*', '&*', '+@all', '-publish'], /publish/],
    ['hearing of slices', ['~*', '&*', '+@all', '-subscribe'], /subscribe/],
    ['the keys of a queue', ['~alexnet:slice:*', '&*', '+@all'], /key/],
    ['the channels', ['~*', '&other', '+@all'], /channel/],
  ] as const)('one whose user may not use %s', async (_, rules, says) => {
    const url = await as(await sharedServer(), ...rules);
    await expect(check(url)).rejects.toMatchObject({
      ...{ code: 'REDIS_DENIED', message: expect.stringMatching(says) as string },
    });
  });

  it('from the command and from the worker, where INFO is not allowed', async () => {
    const url = await as(await sharedServer(), '~*', '&*', '+@all', '-info');
    await expectSameFromProcesses(url, 'REDIS_DENIED', /info/);
  });

  it('but not one whose user may do what the documentation lists', async () => {
    const docs = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, rules = ''] = /ACL SETUSER alexnet [^\n]*?(~[^\n]*)/.exec(docs) ?? [];
    const url = await as(await sharedServer(), rules);
    await check(url);
  });
});

let shared: Promise<string> | undefined;
const sharedServer = (): Promise<string> => (shared ??= server('shared'));

/** The worker and the command say it at their start, once, and end. */
async function expectSameFromProcesses(url: string, code: string, says: RegExp): Promise<void> {
  const env = {
    ...process.env,
    REDIS_URL: url,
    STORAGE_URL: pathToFileURL(path.join(folder, 'store')).href,
    ALEXNET_CACHE_DIR: cacheDir,
  };
  const pictures = path.join(folder, 'pictures');
  await mkdir(path.join(pictures, 'cat'), { recursive: true });
  const outcomes = await Promise.all([
    run(['dataset', 'add', pictures, '--name', 'd', '--follow'], env),
    run(['worker'], env),
  ]);
  for (const { exitCode, output } of outcomes) {
    expect([exitCode, output]).toEqual([1, expect.stringContaining(code)]);
    expect(output).toMatch(says);
    expect(output).not.toContain('INTERNAL');
    expect(output.split('\n').length).toBeLessThan(24);
  }
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ exitCode: unknown; output: string }> {
  return new Promise((resolve) => {
    const options = { env, cwd: folder };
    execFile(process.execPath, [require.resolve('@alexnet/cli/main'), ...args], options, (error, out, err) =>
      resolve({ exitCode: error?.code ?? 0, output: out + err }),
    );
  });
}
