import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Supervised } from './supervisor.ts';
import { WorkerPool } from './workers.ts';

/** Says when it begins and when it is asked to end, with its pid. */
const PROGRAM = `
  process.on('SIGTERM', () => { console.log('asked ' + process.pid); process.exit(0); });
  setInterval(() => undefined, 1000);
  console.log('began ' + process.pid);
`;

let folder: string;
let pool: WorkerPool;
let notes: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-workers-'));
  notes = [];
  pool = new WorkerPool((name) =>
    Supervised.start({
      name,
      command: process.execPath,
      args: ['-e', PROGRAM],
      env: process.env,
      logFile: logOf(name),
      note: (line) => notes.push(line),
    }),
  );
});
afterEach(async () => {
  await pool.close();
  await rm(folder, { recursive: true });
});

const logOf = (name: string): string => path.join(folder, `${name}.log`);

/** The lines of worker `number`, e.g. ["began 12"]. */
async function said(number: number): Promise<string[]> {
  const text = await readFile(logOf(`worker-${number}`), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

async function until(number: number, lines: readonly RegExp[]): Promise<string[]> {
  const expected = lines.map((line) => expect.stringMatching(line) as string);
  await expect.poll(() => said(number), { timeout: 20_000 }).toEqual(expected);
  return said(number);
}

it('has as many workers as were asked for, and stops the last ones by SIGTERM for good', async () => {
  await pool.resize(3);
  for (const number of [1, 2, 3]) await until(number, [/began/]);
  await pool.resize(1);
  expect(pool.size).toBe(1);
  for (const number of [2, 3]) await until(number, [/began/, /asked/]);
  await pool.close();
  await until(1, [/began/, /asked/]);
  expect(notes).toEqual([]);
});

it('starts one again that ended by itself, and not one that was asked to end meanwhile', async () => {
  await pool.resize(2);
  for (const number of [1, 2]) {
    const [line = ''] = await until(number, [/began/]);
    process.kill(Number(line.split(' ')[1]), 'SIGKILL');
  }
  await expect.poll(() => notes, { timeout: 20_000 }).toHaveLength(2);
  await pool.resize(1);
  await until(1, [/began/, /began/]);
  await pool.close();
  await until(1, [/began/, /began/, /asked/]);
  // Killed, and then either left alone or asked to end again.
  const lines = await said(2);
  expect(lines.filter((line) => line.startsWith('began')).length).toBe(
    lines.filter((line) => line.startsWith('asked')).length + 1,
  );
});

it('gives a number to a new worker only when the old one is gone', async () => {
  await pool.resize(2);
  for (const number of [1, 2]) await until(number, [/began/]);
  await pool.resize(1);
  await pool.resize(2);
  await until(2, [/began/, /asked/]);
  await until(3, [/began/]);
});
