import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@alexnet/core';

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

/** Runs a command to its end. `missing` says that the program itself is not there. */
export async function runCommand(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> {
  try {
    const { stdout } = await execute(program, args, { env, maxBuffer: 64 * 1024 ** 2 });
    return { ok: true, output: stdout };
  } catch (error) {
    const failed = error as { code?: unknown; stderr?: string };
    const output = (failed.stderr ?? '').trim().slice(-600) || messageOf(error);
    return { ok: false, missing: failed.code === 'ENOENT', output };
  }
}

/**
 * Fills a folder of the cache all or nothing: `fill` works in a temporary folder beside it, which then takes its
 * name. Where another process was first, its result stays.
 */
export async function fillFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}.partial-`);
  try {
    await fill(temporary);
    await rename(temporary, folder).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(String((error as { code?: unknown }).code))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
