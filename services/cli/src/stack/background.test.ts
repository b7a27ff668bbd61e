import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startInBackground } from './background.ts';

let folder: string;
const [, program = ''] = process.argv;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-background-'));
});
afterEach(() => {
  process.argv[1] = program;
  rmSync(folder, { recursive: true });
});

/** Starts a program of this text in the place of the command. */
function start(text: string, signal: AbortSignal): Promise<unknown> {
  const file = path.join(folder, 'program.mjs');
  writeFileSync(file, text);
  process.argv[1] = file;
  return startInBackground([], { logFile: path.join(folder, 'up.log'), signal });
}

const ENDS_BY_SIGINT = `process.kill(process.pid, 'SIGINT');`;

it('is interrupted where the signal reaches the program before this process', async () => {
  const interrupted = new AbortController();
  setTimeout(() => interrupted.abort(new Error('interrupted')), 200);
  await expect(start(ENDS_BY_SIGINT, interrupted.signal)).rejects.toThrow('interrupted');
});

it.each([
  ['is ended by a signal that was meant for it alone', ENDS_BY_SIGINT],
  ['ends without a result', ''],
])('fails where the program %s', async (_, text) => {
  await expect(start(text, new AbortController().signal)).rejects.toMatchObject({ code: 'PROCESS_FAILED' });
});

it('gives the first document that the program prints, and leaves it running', async () => {
  const text = `console.log(JSON.stringify({ pid: process.pid })); setTimeout(() => process.exit(), 300);`;
  const { pid } = (await start(text, new AbortController().signal)) as { pid: number };
  expect(() => process.kill(pid, 0)).not.toThrow();
});
