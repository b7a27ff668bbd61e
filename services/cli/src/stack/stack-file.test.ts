import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { takeLock } from '@alexnet/local';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readStackFile, removeStackFile, stackLock, writeStackFile } from './stack-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-stack-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string): void => writeFileSync(path.join(folder, 'stack.json'), text);

it('reads back what this process wrote, until it is removed', () => {
  const environment = { REDIS_URL: 'redis://127.0.0.1:1', STORAGE_URL: 'file:///store' };
  const console = { address: 'http://127.0.0.1:4600', token: 'secret' };
  writeStackFile(folder, { environment, console });
  expect(readStackFile(folder)).toEqual({ pid: process.pid, environment, console });
  removeStackFile(folder);
  expect(readStackFile(folder)).toBeUndefined();
});

it('takes the file of a process that is gone for none', () => {
  // Above the greatest process id that Linux gives.
  write(JSON.stringify({ pid: 2 ** 22 + 1, environment: {} }));
  expect(readStackFile(folder)).toBeUndefined();
});

it('takes the file for none where nobody holds the lock of the stack, whatever process has its id now', async () => {
  writeStackFile(folder, { environment: {}, console: undefined });
  const lock = await takeLock(stackLock(folder), { holder: 'a test' });
  expect(readStackFile(folder)).toBeDefined();
  lock.release();
  expect(readStackFile(folder)).toBeUndefined();
});

it.each([
  ['no JSON', '{'],
  ['a process group', JSON.stringify({ pid: -1, environment: {} })],
  ['a variable that is no address', JSON.stringify({ pid: 1, environment: { LD_PRELOAD: '/tmp/x.so' } })],
  ['an address that is no text', JSON.stringify({ pid: 1, environment: { REDIS_URL: 1 } })],
])('refuses a file with %s', (_, text) => {
  write(text);
  expect(() => readStackFile(folder)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
});
