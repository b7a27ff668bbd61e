import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startProcess } from './process.ts';

let folder: string;
let logFile: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet log '));
  logFile = path.join(folder, 'log');
});
afterEach(() => rm(folder, { recursive: true }));

const MAX_BYTES = 50_000;
const numbersIn = async (file: string): Promise<number[]> =>
  (await readFile(file, 'utf8')).split('\n').filter(Boolean).map(Number);

it('moves a log that has become too long out of the way of the program that writes it', async () => {
  const script = `let n = 0; setInterval(() => console.log(String(n++).padStart(999, '0')), 5);`;
  const running = await startProcess({
    name: 'a talker',
    command: process.execPath,
    args: ['-e', script],
    logFile,
    maxLogBytes: MAX_BYTES,
  });
  const size = async (file: string): Promise<number> => (await stat(file).catch(() => ({ size: 0 }))).size;
  await expect.poll(() => size(`${logFile}.1`), { timeout: 20_000 }).toBeGreaterThan(MAX_BYTES);
  await expect.poll(() => size(logFile), { timeout: 20_000 }).toBeGreaterThan(1_000);
  await running.stop();
  const [older, newer] = [await numbersIn(`${logFile}.1`), await numbersIn(logFile)];
  // In order, no line twice, and no hole of zeros where the file was cut.
  const all = [...older, ...newer];
  expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
  expect(all.at(-1)).toBeGreaterThan(older.length);
});

it('does so too before a program is started again', async () => {
  const say = async (text: string): Promise<void> => {
    const args = ['-c', `printf ${text}`];
    const options = { name: 'a script', command: 'sh', args, logFile, maxLogBytes: 4 };
    await (
      await startProcess(options)
    ).exited;
  };
  for (const text of ['first', 'second', 'third']) await say(text);
  expect(await readFile(logFile, 'utf8')).toBe('third');
  expect(await readFile(`${logFile}.1`, 'utf8')).toBe('second');
});
