import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { folderError, makeFolder, messageOf } from '@alexnet/core';

const execute = promisify(execFile);

/** The full path of a program on PATH, or undefined. */
export async function findOnPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    const file = path.join(folder, program);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

export async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

export type CommandResult = { ok: true; output: string } | { ok: false; missing: boolean; output: string };

export interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  cwd?: string | undefined;
}

/**
 * Runs a command to its end. `missing` says that the program itself is not there.
 * @throws the reason of `signal`, which ends the command
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { env = process.env, signal, cwd }: CommandOptions = {},
): Promise<CommandResult> {
  try {
    const { stdout } = await execute(program, args, { env, signal, cwd, maxBuffer: 64 * 1024 ** 2 });
    return { ok: true, output: stdout };
  } catch (error) {
    signal?.throwIfAborted();
    const failed = error as { code?: unknown; stderr?: string };
    const output = (failed.stderr ?? '').trim().slice(-600) || messageOf(error);
    return { ok: false, missing: failed.code === 'ENOENT', output };
  }
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
