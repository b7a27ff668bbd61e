import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isLocked, takeLock } from './lock.ts';

const LOCK = pathToFileURL(createRequire(import.meta.url).resolve('../build/lock.js')).href;
const STACK_RUNNING = expect.objectContaining({ code: 'STACK_RUNNING' }) as Error;

let folder: string;
let file: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet lock '));
  file = path.join(folder, 'deep', 'lock');
});
afterEach(async () => {
  started.splice(0).forEach((child) => child.kill('SIGKILL'));
  await rm(folder, { recursive: true });
});

/** A process that takes the lock and says whether it got it. */
async function contender(program = ''): Promise<{ child: ChildProcess; got: string }> {
  const script = `
    import { spawn } from 'node:child_process';
    import { takeLock } from '${LOCK}';
    const lock = await takeLock(${JSON.stringify(file)}, { holder: 'a test' }).catch((error) => error.code);
    ${program}
    console.log(typeof lock === 'string' ? lock : 'got it');
    setInterval(() => {}, 1e6);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, got: said.toString().trim() };
}

it('is held once, and free again when it is released', async () => {
  const lock = await takeLock(file, { holder: 'a test' });
  expect(isLocked(file)).toBe(true);
  await expect(takeLock(file, { holder: 'a test' })).rejects.toThrow(STACK_RUNNING);
  await expect(takeLock(file, { holder: 'a test' })).rejects.toThrow(/a test \(process \d+\)/);
  lock.release();
  lock.release();
  expect(isLocked(file)).toBe(false);
  (await takeLock(file, { holder: 'a test' })).release();
});

it('is got by one of many processes that ask at the same time', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => contender()));
  expect(all.map(({ got }) => got).sort()).toEqual([...Array<string>(4).fill('STACK_RUNNING'), 'got it']);
});

it('goes with a process that is killed, whatever its file says', async () => {
  const { child, got } = await contender();
  expect(got).toBe('got it');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isLocked(file)).toBe(false);
  // As if the id of the killed process were another one's now.
  await writeFile(file, JSON.stringify({ pid: process.pid, holder: 'a test' }));
  (await takeLock(file, { holder: 'a test' })).release();
});

it('stays with a program that inherits it, which is waited for when its parent is gone', async () => {
  const { child } = await contender(
    `spawn('sh', ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore', lock.descriptor] })`,
  );
  const program = await contender();
  expect(program.got).toBe('STACK_RUNNING');
  let waits = 0;
  child.kill('SIGSTOP');
  expect(isLocked(file)).toBe(true);
  child.kill('SIGKILL');
  // The program reads the end of its input, and ends.
  const lock = await takeLock(file, { holder: 'a test', waitMs: 20_000, onWait: () => (waits += 1) });
  expect(waits).toBeLessThan(2);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ pid: process.pid, holder: 'a test' });
  lock.release();
});

it('is not waited for by someone who is asked to stop', async () => {
  const lock = await takeLock(file, { holder: 'a test' });
  const signal = AbortSignal.abort(new Error('stop'));
  await expect(takeLock(file, { holder: 'a test', signal })).rejects.toThrow('stop');
  lock.release();
});
