import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { folderError, makeFolder } from '@alexnet/core';

export async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** A build takes minutes: what is older than a day was left behind by a process that was killed. */
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Fills a folder of the cache all or nothing: `fill` works in a temporary folder beside it, which then takes its
 * name. Where another process, of this machine or another, was first, its result stays. Other users may read what they
 * could read in a folder that this process makes itself.
 * @throws FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL; what `fill` throws
 */
export async function fillFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const parent = path.dirname(folder);
  makeFolder(parent);
  try {
    await removeAbandoned(parent);
    const temporary = await mkdtemp(`${folder}.partial-`);
    // Only this user may read a temporary folder; others may read what is made in it.
    const filled = path.join(temporary, 'filled');
    try {
      await mkdir(filled);
      await fill(filled);
      await rename(filled, folder).catch((error: unknown) => {
        if (!['ENOTEMPTY', 'EEXIST'].includes(String((error as { code?: unknown }).code))) throw error;
      });
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    throw folderError(parent, error);
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.includes('.partial-')) continue;
    const place = path.join(parent, name);
    const stats = await stat(place).catch(() => undefined);
    if (stats === undefined || Date.now() - stats.mtimeMs < ABANDONED_MS) continue;
    // It may be another user's.
    await rm(place, { recursive: true, force: true }).catch(() => undefined);
  }
}
