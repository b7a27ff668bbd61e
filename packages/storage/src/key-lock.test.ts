import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withKeyLock } from './key-lock.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-locks-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('lets one at a time in', async () => {
  let inside = 0;
  const most = await Promise.all(
    Array.from({ length: 8 }, () =>
      withKeyLock(folder, 'key', async () => {
        const here = ++inside;
        await sleep(5);
        inside -= 1;
        return here;
      }),
    ),
  );
  expect(Math.max(...most)).toBe(1);
});

it('begins again when it was stopped for so long that another may hold the lock', async () => {
  let calls = 0;
  const outcome = await withKeyLock(folder, 'key', async (stillHeld) => {
    calls += 1;
    if (calls === 1) await sleep(3_100);
    stillHeld();
    return 'written';
  });
  expect([outcome, calls]).toEqual(['written', 2]);
});

it('passes on what is thrown inside, and leaves no file', async () => {
  const failure = withKeyLock(folder, 'key', () => Promise.reject(new Error('inside')));
  await expect(failure).rejects.toThrow('inside');
  expect(await readdir(folder)).toEqual([]);
});
