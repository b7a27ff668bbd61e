import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AlexnetError } from '@alexnet/core';
import { Supervised, type SupervisedOptions } from './supervisor.ts';
import { WorkerPool } from './workers.ts';

let folder: string;
let program: string;
let logFile: string;
let notes: string[];
const supervised: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-supervisor-'));
  program = path.join(folder, 'program');
  logFile = path.join(folder, 'log');
  notes = [];
});
afterEach(async () => {
  await Promise.all(supervised.splice(0).map((each) => each.stop()));
  await rm(folder, { recursive: true });
});

async function install(script: string): Promise<void> {
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
}

async function start(options: Partial<SupervisedOptions> = {}): Promise<Supervised> {
  const started = await Supervised.start({
    ...{ name: 'it', command: program, args: [], env: process.env, logFile },
    note: (line) => notes.push(line),
    ...options,
  });
  supervised.push(started);
  return started;
}

const lines = async (): Promise<string[]> =>
  (await readFile(logFile, 'utf8')).split('\n').filter((line) => line !== '');

it('goes on trying to start again what could not be started', async () => {
  await install('echo began; read line < /dev/null; exec sleep 0.1');
  await start();
  await expect.poll(lines, { timeout: 20_000 }).toContain('began');
  await rm(program);
  const failed = (): string[] => notes.filter((line) => line.includes('could not be started'));
  await expect.poll(() => failed().length, { timeout: 20_000 }).toBeGreaterThan(1);
  const before = (await lines()).length;
  await install('echo again; exec sleep 1000');
  await expect.poll(lines, { timeout: 20_000 }).toHaveLength(before + 1);
  expect(failed()[0]).toContain('PROCESS_FAILED');
});

it('stops for good what it is trying to start again', async () => {
  await install('exit 1');
  const it = await start();
  await rm(program);
  await expect.poll(() => notes.length, { timeout: 20_000 }).toBeGreaterThan(1);
  await it.stop();
  const before = notes.length;
  expect(notes).toHaveLength(before);
});

it('says what a service ended with, and does not start it again where that would not help', async () => {
  const core = pathToFileURL(createRequire(import.meta.url).resolve('@alexnet/core')).href;
  const script = (code: string): string => `
    import { AlexnetError, runService } from '${core}';
    runService('test', async () => {
      throw new AlexnetError('${code}', { expected: 'a', actual: 'the cause', remedy: 'c' });
    });
  `;
  const options = (code: string): Partial<SupervisedOptions> => ({
    ...{ command: process.execPath, service: true, args: ['--input-type=module', '-e', script(code)] },
  });
  const fatal: AlexnetError[] = [];
  const onFatal = (error: AlexnetError): void => void fatal.push(error);
  await start({ ...options('DEVICE_UNAVAILABLE'), onFatal });
  await expect.poll(() => fatal, { timeout: 20_000 }).toMatchObject([{ code: 'DEVICE_UNAVAILABLE' }]);
  await start({ ...options('REDIS_UNREACHABLE'), onFatal, name: 'other' });
  const ofOther = (): string[] => notes.filter((line) => line.startsWith('other'));
  await expect.poll(() => ofOther().length, { timeout: 20_000 }).toBeGreaterThan(1);
  expect(ofOther()[0]).toMatch(/code 1.*REDIS_UNREACHABLE.*the cause.*starting it again/);
  expect(notes.filter((line) => !line.startsWith('other'))).toHaveLength(1);
  expect(fatal).toHaveLength(1);
});

it('a pool keeps the workers that could be started, and tries again when it is asked again', async () => {
  await install('exec sleep 1000');
  let fails = true;
  const pool = new WorkerPool(async (name) => {
    if (fails && name === 'worker-3') await rm(program);
    return await start({ name });
  });
  await expect(pool.resize(4)).rejects.toThrow(expect.objectContaining({ code: 'PROCESS_FAILED' }));
  expect(pool.size).toBe(2);
  fails = false;
  await install('exec sleep 1000');
  await pool.resize(4);
  expect(pool.size).toBe(4);
  await pool.close();
});

it('a pool that is closed while it grows keeps no worker', async () => {
  await install('exec sleep 1000');
  const pool = new WorkerPool((name) => start({ name }));
  const growing = pool.resize(4);
  await pool.close();
  await growing;
  expect(pool.size).toBe(0);
  await pool.resize(4);
  expect(pool.size).toBe(0);
});
