import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './alive.ts';

const LOOK_EVERY_MS = 50;
/** A killed program is gone within this time, unless the system is in trouble. */
const DEATH_MS = 5_000;

/** Ends a program that is no child of this process: SIGTERM, SIGKILL after `killAfterMs`; waits for its end. */
export async function endOrphan(pid: number, killAfterMs: number): Promise<void> {
  kill(pid, 'SIGTERM');
  if (await isGone(pid, killAfterMs)) return;
  kill(pid, 'SIGKILL');
  await isGone(pid, DEATH_MS);
}

async function isGone(pid: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (isAlive(pid)) {
    if (performance.now() > end) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
