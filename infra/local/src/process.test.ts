import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { isAlive } from './alive.ts';
import { provisionMinio } from './go-programs.ts';
import { startProcess, type ProcessExit } from './process.ts';
import { provisionRedis } from './redis-program.ts';

let folder: string;
let logFile: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet process '));
  logFile = path.join(folder, 'log');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const guardOf = ({ pid }: { pid: number }): number =>
  Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)]).toString());

const shell = (script: string): { name: string; command: string; args: string[]; logFile: string } => ({
  name: 'a script',
  command: 'sh',
  args: ['-c', script],
  logFile,
});

it('logs what a program prints and reports how it ends by itself', async () => {
  const ends: ProcessExit[] = [];
  const running = await startProcess({
    ...shell('echo out; echo err >&2; exit 3'),
    onExit: (exit) => ends.push(exit),
  });
  expect(await running.exited).toEqual({ code: 3, signal: null });
  expect(await readFile(logFile, 'utf8')).toBe('out\nerr\n');
  expect(ends).toEqual([{ code: 3, signal: null }]);
});

it('stops a program with SIGTERM and does not report what was asked for', async () => {
  const ends: ProcessExit[] = [];
  const running = await startProcess({ ...shell('exec sleep 1000'), onExit: (exit) => ends.push(exit) });
  expect(isAlive(running.pid)).toBe(true);
  await running.stop();
  expect(await running.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(isAlive(running.pid)).toBe(false);
  expect(ends).toEqual([]);
  await running.stop();
});

it('kills a program that does not heed SIGTERM', async () => {
  const script = `trap '' TERM; echo ready; while :; do sleep 0.05; done`;
  const running = await startProcess({ ...shell(script), killAfterMs: 300 });
  await expect.poll(() => readFile(logFile, 'utf8')).toBe('ready\n');
  await running.stop();
  expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

it('asks the program to end, and waits for it, when its guard was killed', async () => {
  const script = `trap 'echo asked; sleep 0.3; echo done; exit' TERM; echo ready; while :; do sleep 0.05; done`;
  const running = await startProcess(shell(script));
  await expect.poll(() => readFile(logFile, 'utf8')).toBe('ready\n');
  process.kill(guardOf(running), 'SIGKILL');
  await running.exited;
  expect(await readFile(logFile, 'utf8')).toBe('ready\nasked\ndone\n');
});

it('stops a program whose guard is suspended', async () => {
  const running = await startProcess({ ...shell('exec sleep 1000'), killAfterMs: 100 });
  process.kill(guardOf(running), 'SIGSTOP');
  await running.stop();
  expect(isAlive(running.pid)).toBe(false);
});

it('hears the fatal error of a service', async () => {
  const core = import.meta.resolve('../../../packages/core/dist/index.js');
  const script = `
    import { AlexnetError, runService } from '${core}';
    runService('test', async () => {
      throw new AlexnetError('DEVICE_UNAVAILABLE', { expected: 'a', actual: 'b', remedy: 'c' });
    });
  `;
  const running = await startProcess({
    name: 'a service',
    command: process.execPath,
    args: ['--input-type=module', '-e', script],
    logFile,
    service: true,
  });
  expect(await running.exited).toMatchObject({ code: 1, error: { code: 'DEVICE_UNAVAILABLE', actual: 'b' } });
});

it('names the folder of a log that cannot be written', async () => {
  await expect(startProcess({ ...shell('true'), logFile: '/dev/null/log' })).rejects.toThrow(
    expect.objectContaining({
      code: 'FOLDER_UNUSABLE',
      expected: expect.stringContaining('/dev/null') as string,
    }),
  );
});

it('kills the program when its guard was killed', async () => {
  const running = await startProcess(shell('exec sleep 1000'));
  process.kill(guardOf(running), 'SIGKILL');
  expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' });
  await expect.poll(() => isAlive(running.pid)).toBe(false);
});

it('says that a program is not there', async () => {
  await expect(startProcess({ ...shell(''), command: path.join(folder, 'none') })).rejects.toThrow(
    expect.objectContaining({ code: 'PROCESS_FAILED' }),
  );
});

it('names what to install where a server can be neither found nor made', async () => {
  vi.stubEnv('PATH', folder);
  await expect(provisionRedis({ cacheDir: folder })).rejects.toThrow(
    expect.objectContaining({ code: 'PYTHON_MISSING' }),
  );
  await expect(provisionMinio({ cacheDir: folder })).rejects.toThrow(/go install .*minio@v0/);
});
