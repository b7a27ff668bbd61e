import { createHash, randomUUID } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError } from '@alexnet/core';
import { systemCode } from './file-errors.ts';

/** A lock file this old belongs to a process that was killed: a live one holds it for milliseconds. */
const STALE_MS = 10_000;
/** A holder that was itself stopped for this long begins again rather than write. Well below STALE_MS. */
const HOLD_MS = 3_000;
const WAIT_MS = 60_000;

/** Thrown inside of `critical`, where others may hold the lock by now. */
class HoldExpired extends Error {}

/**
 * Mutual exclusion between processes over one key, through files in a folder. Each contender creates a file of
 * its own and then looks for others of the same key: of two contenders, the one that looks last sees both, so never
 * do both find themselves alone. File names are unique, so that removing a dead contender's file cannot hit a
 * live one. Ages are compared by the file system's own clock.
 *
 * `critical` gets a check to call right before its last, decisive system call; it throws when the process was
 * stopped for so long that others may count it as dead, and `critical` is called again under a new lock.
 * @throws STORAGE_FAILED when the lock is not free within a minute
 */
export async function withKeyLock<T>(
  folder: string,
  key: string,
  critical: (stillHeld: () => void) => Promise<T>,
): Promise<T> {
  let begun = Date.now();
  for (let attempt = 0; Date.now() - begun < WAIT_MS; attempt += 1) {
    const held = await tryLock(folder, key);
    if (held !== undefined) {
      const stillHeld = (): void => {
        if (Date.now() - held.since > HOLD_MS) throw new HoldExpired();
      };
      try {
        return await critical(stillHeld);
      } catch (error) {
        if (!(error instanceof HoldExpired)) throw error;
        begun = Date.now();
      } finally {
        await rm(held.file, { force: true });
      }
    }
    // Random, so that contenders that meet once do not keep meeting.
    await sleep(Math.random() * Math.min(2 ** attempt, 64));
  }
  throw new AlexnetError('STORAGE_FAILED', {
    expected: `to lock ${key} for a moment`,
    actual: `others held it for ${WAIT_MS / 1000} s`,
    remedy: 'Run the same command again.',
  });
}

async function tryLock(folder: string, key: string): Promise<{ file: string; since: number } | undefined> {
  const prefix = `${createHash('sha256').update(key).digest('hex')}.`;
  const own = prefix + randomUUID();
  const file = path.join(folder, own);
  // Taken before the file exists: others measure a later beginning, so they never count it as older than we do.
  const since = Date.now();
  await (await open(file, 'wx', 0o600)).close();
  try {
    const rivals = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== own);
    const now = (await stat(file)).mtimeMs;
    for (const rival of rivals) {
      if (!(await isAlive(path.join(folder, rival), now))) continue;
      await rm(file, { force: true });
      return undefined;
    }
    return { file, since };
  } catch (error) {
    await rm(file, { force: true });
    // Stopped since it was created, so that another removed it as stale.
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function isAlive(file: string, nowMs: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return false;
  if (nowMs - found.mtimeMs < STALE_MS) return true;
  await rm(file, { force: true });
  return false;
}
