import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { sendToRedis } from '../support/redis-commands.ts';

const require = createRequire(import.meta.url);
const { cacheDir } = loadConfig();
const PATIENCE = { timeout: 60_000, interval: 100 };
const WARNING = 40;

interface Line {
  level: number;
  msg: string;
  queue?: string;
  error?: { code?: string; stack?: string };
  repeated?: number;
}

let folder: string;
let server: RunningRedis;
let worker: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-outage-'));
  server = await startRedis({ cacheDir, dataDir: path.join(folder, 'redis'), appendOnly: false });
});
afterEach(async () => {
  worker?.kill('SIGKILL');
  worker = undefined;
  await server.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** What the worker wrote; each line has to be JSON. */
async function lines(): Promise<Line[]> {
  const text = await readFile(path.join(folder, 'worker.log'), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Line)));
}

const warnings = async (): Promise<Line[]> => (await lines()).filter(({ level }) => level >= WARNING);

async function startWorker(url: string): Promise<ChildProcess> {
  const log = openSync(path.join(folder, 'worker.log'), 'w');
  const env = {
    ...process.env,
    REDIS_URL: url,
    STORAGE_URL: pathToFileURL(path.join(folder, 'store')).href,
    ALEXNET_CACHE_DIR: path.join(folder, 'cache'),
  };
  worker = spawn(process.execPath, [require.resolve('@alexnet/preprocess/main')], {
    env,
    stdio: ['ignore', log, log],
  });
  await expect.poll(async () => (await lines()).some(({ msg }) => msg === 'ready'), PATIENCE).toBe(true);
  return worker;
}

/** Waits for the line that counts those that were held back in ten seconds, and expects few others beside it. */
async function expectFewLines(code: string, { onTheWay = code } = {}): Promise<void> {
  await expect
    .poll(async () => (await warnings()).some(({ repeated }) => repeated !== undefined), PATIENCE)
    .toBe(true);
  const written = await warnings();
  const first = written.findIndex(({ repeated }) => repeated !== undefined);
  // Each thing that is said is said once.
  const said = written.slice(0, first).map(({ msg, error, queue }) => [msg, error?.code, queue].join());
  expect(said).toEqual([...new Set(said)]);
  for (const { error, repeated } of written) {
    expect(repeated === undefined ? [code, onTheWay] : [code]).toContain(error?.code);
    expect(error?.stack).toContain('Error');
  }
}

async function stop(running: ChildProcess): Promise<unknown> {
  const exited = once(running, 'exit');
  running.kill('SIGTERM');
  const [code] = (await exited) as [unknown];
  return code;
}

describe('a worker whose Redis', () => {
  it('is gone says so once in ten seconds, and ends when it is asked to', async () => {
    const running = await startWorker(server.url);
    process.kill(server.pid, 'SIGKILL');
    await expectFewLines('REDIS_UNREACHABLE');
    expect(await stop(running)).toBe(0);
  });

  it('says nothing any more ends when it is asked to', async () => {
    const running = await startWorker(server.url);
    process.kill(server.pid, 'SIGSTOP');
    try {
      expect(await stop(running)).toBe(0);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });

  it('no longer knows its user says so once in ten seconds, and the worker ends when it is asked to', async () => {
    await sendToRedis(server.url, 'ACL SETUSER job reset on >pw ~* &* +@all');
    const running = await startWorker(withLogin(server.url));
    await sendToRedis(server.url, 'ACL DELUSER job');
    // A command may be on its way when the server closes the connection.
    await expectFewLines('REDIS_DENIED', { onTheWay: 'REDIS_UNREACHABLE' });
    expect(await stop(running)).toBe(0);
  });

  it('takes a permission away names the command, pauses, and goes on when it has it again', async () => {
    await sendToRedis(server.url, 'ACL SETUSER job reset on >pw ~* &* +@all');
    const running = await startWorker(withLogin(server.url));
    await sendToRedis(server.url, 'CONFIG RESETSTAT', 'ACL SETUSER job -bzpopmin -evalsha -eval');
    await expect
      .poll(async () => (await warnings()).filter(({ repeated }) => repeated !== undefined).length, PATIENCE)
      .toBeGreaterThan(1);
    const written = await warnings();
    expect(new Set(written.map(({ error }) => error?.code))).toEqual(new Set(['REDIS_DENIED']));
    // Of two queues, and of what BullMQ does beside taking jobs; not ten thousand in a second.
    const refused = /errorstat_NOPERM:count=(\d+)/.exec(await sendToRedis(server.url, 'INFO errorstats'));
    expect(Number(refused?.[1])).toBeLessThan(100);
    await sendToRedis(server.url, 'CONFIG RESETSTAT', 'ACL SETUSER job +@all');
    const taken = (): Promise<string> => sendToRedis(server.url, 'INFO commandstats');
    await expect.poll(taken, PATIENCE).toContain('cmdstat_bzpopmin');
    expect(await stop(running)).toBe(0);
  });

  it('needs no password ignores one, silently', async () => {
    await sendToRedis(server.url, 'ACL SETUSER default nopass');
    const running = await startWorker(server.url);
    expect((await lines()).map(({ msg }) => msg)).toEqual(['ready']);
    expect(await stop(running)).toBe(0);
  });
});

function withLogin(url: string): string {
  const login = new URL(url);
  [login.username, login.password] = ['job', 'pw'];
  return login.href;
}
