import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@alexnet/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startRedis } from './redis.ts';

const { cacheDir } = loadConfig();
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'alexnet redis '));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

/** Sends lines to the server and returns what it answers until it closes. */
async function talk(url: string, ...lines: string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write([...lines, 'QUIT', ''].join('\r\n'));
  let reply = '';
  socket.on('data', (chunk) => (reply += chunk.toString()));
  await once(socket, 'close');
  return reply;
}

const auth = (url: string): string => `AUTH ${new URL(url).password}`;

it('starts a server that asks for its password, evicts nothing and logs to its file', async () => {
  const redis = await startRedis({ cacheDir, dataDir, appendOnly: false });
  expect(await talk(redis.url, 'PING')).toContain('-NOAUTH');
  expect(await talk(redis.url, auth(redis.url), 'PING')).toContain('+PONG');
  expect(await talk(redis.url, auth(redis.url), 'CONFIG GET maxmemory-policy')).toContain('noeviction');
  expect(await talk(redis.url, auth(redis.url), 'CONFIG GET bind')).toContain('\r\n127.0.0.1\r\n');
  const commandLine = await readFile(`/proc/${redis.pid}/cmdline`, 'utf8');
  expect(commandLine).not.toContain(new URL(redis.url).password);
  expect((await stat(path.join(dataDir, 'redis.conf'))).mode & 0o777).toBe(0o600);
  await redis.stop();
  await expect(talk(redis.url, 'PING')).rejects.toThrow('ECONNREFUSED');
});

it('keeps what was written when it is started again, at the port and with the password that were asked for', async () => {
  const first = await startRedis({ cacheDir, dataDir, password: 'a "b" é\\' });
  expect(decodeURIComponent(new URL(first.url).password)).toBe('a "b" é\\');
  await first.stop();
  const second = await startRedis({
    cacheDir,
    dataDir,
    password: 'simple',
    port: Number(new URL(first.url).port),
  });
  expect(new URL(second.url).port).toBe(new URL(first.url).port);
  expect(await talk(second.url, auth(second.url), 'SET key value')).toContain('+OK\r\n+OK');
  await second.stop();
  const third = await startRedis({ cacheDir, dataDir, password: 'simple' });
  expect(await talk(third.url, auth(third.url), 'GET key')).toContain('value');
  await third.stop();
});

it('says so when the port is taken, with the end of the log', async () => {
  const redis = await startRedis({ cacheDir, dataDir, appendOnly: false });
  const other = path.join(dataDir, 'other');
  await expect(
    startRedis({ cacheDir, dataDir: other, port: Number(new URL(redis.url).port), appendOnly: false }),
  ).rejects.toThrow(expect.objectContaining({ code: 'PROCESS_FAILED' }));
  await redis.stop();
});

it('reports a server that ends by itself', async () => {
  const exit = new Promise((resolve) => {
    void startRedis({ cacheDir, dataDir, appendOnly: false, onExit: resolve }).then(({ pid }) =>
      process.kill(pid, 'SIGKILL'),
    );
  });
  expect(await exit).toEqual({ code: null, signal: 'SIGKILL' });
});

it('goes when its parent is killed', async () => {
  const built = fileURLToPath(new URL('../build/index.js', import.meta.url));
  const script = `import { startRedis } from ${JSON.stringify(built)};
    const { url } = await startRedis(${JSON.stringify({ cacheDir, dataDir, appendOnly: false })});
    process.stdout.write(url);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const [url] = (await once(parent.stdout, 'data')) as [Buffer];
  expect(await talk(url.toString(), 'PING')).toContain('-NOAUTH');
  parent.kill('SIGKILL');
  await expect
    .poll(() => talk(url.toString(), 'PING').catch((error: unknown) => String(error)), { timeout: 15_000 })
    .toContain('ECONNREFUSED');
});

it('is one server for a folder, and lets go of it when it is killed', async () => {
  const redis = await startRedis({ cacheDir, dataDir });
  await expect(startRedis({ cacheDir, dataDir })).rejects.toThrow(
    expect.objectContaining({ code: 'STACK_RUNNING', expected: expect.stringContaining(dataDir) as string }),
  );
  process.kill(redis.pid, 'SIGKILL');
  const successor = await startRedis({ cacheDir, dataDir });
  await successor.stop();
  const again = await startRedis({ cacheDir, dataDir });
  await again.stop();
});
