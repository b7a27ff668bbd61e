import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { isAlive } from './alive.ts';

it('knows a process that runs, of any user, from one that has ended', async () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(1)).toBe(true);
  expect(isAlive(spawnSync('true').pid)).toBe(false);
  // The shell's child ends, and the shell becomes a program that never asks for it.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
  try {
    const [zombie] = (await once(parent.stdout, 'data')) as [Buffer];
    await expect.poll(() => isAlive(Number(zombie.toString()))).toBe(false);
    expect(isAlive(parent.pid ?? 0)).toBe(true);
  } finally {
    parent.kill('SIGKILL');
  }
});
