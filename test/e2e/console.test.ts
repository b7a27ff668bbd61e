import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { startInForeground, type Foreground } from '../support/terminal.ts';

const CLI = createRequire(import.meta.url).resolve('@alexnet/cli/main');
const Started = z.object({ address: z.url(), token: z.string().min(16) });

let folder: string;
let logFile: string;
let command: Foreground | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-console-'));
  logFile = path.join(folder, 'console.log');
});
afterEach(async () => {
  try {
    command?.signalGroup('SIGKILL');
  } catch {
    // It has ended.
  }
  await command?.exited;
  await rm(folder, { recursive: true });
});

/** A console as a person starts it, with a store and without Redis. */
async function start(...args: string[]): Promise<Foreground> {
  const STORAGE_URL = pathToFileURL(path.join(folder, 'store')).href;
  const env = { ...process.env, STORAGE_URL, REDIS_URL: 'redis://127.0.0.1:1' };
  command = await startInForeground(process.execPath, [CLI, 'console', ...args], {
    env,
    logFile,
    cwd: folder,
  });
  return command;
}

const said = (): Promise<string> => readFile(logFile, 'utf8');

/** What it prints with --json, between the lines of its log. */
async function started(): Promise<z.infer<typeof Started>> {
  const document = async (): Promise<string | undefined> => /^\{\n[^]*?^\}/m.exec(await said())?.[0];
  await expect.poll(document).toBeDefined();
  return Started.parse(JSON.parse((await document()) ?? ''));
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'serves its page until %s to its process group',
  async (signal) => {
    const console_ = await start('--port', '0', '--json');
    const { address, token } = await started();
    const page = await fetch(address);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>') as string]);
    const canChange = async (): Promise<boolean> => {
      const session = await fetch(`${address}/api/v1/session`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return ((await session.json()) as { canChange: boolean }).canChange;
    };
    expect(await canChange()).toBe(true);
    console_.signalGroup(signal);
    expect(await console_.exited).toEqual({ code: 0, signal: null });
    // Another console may have its port by now, with a token of its own.
    expect(await canChange().catch(() => false)).toBe(false);
  },
);

it('does not write its token into its log', async () => {
  await start('--port', '0', '--json');
  const { address, token } = await started();
  await fetch(`${address}/login?token=${token}`);
  await fetch(`${address}/api/v1/runs/none`, { headers: { authorization: `Bearer ${token}` } });
  const lines = (await said()).split('\n').filter((line) => line.startsWith('{"level"'));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter((line) => line.includes(token))).toEqual([]);
});

it('says so where its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const console_ = await start('--port', String(port));
  expect(await console_.exited).toEqual({ code: 1, signal: null });
  expect(await said()).toMatch(/^PROCESS_FAILED [^]*--port/m);
  other.close();
});
