import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AlexnetError, messageOf } from '@alexnet/core';

/**
 * Makes a folder whole or not at all: `fill` writes into a new folder beside it, which then takes its name. A process
 * that is killed meanwhile leaves that one, `NAME.partial-…`, behind.
 * @throws USAGE for a folder that is not empty, is no folder, or cannot be made
 */
export async function writeFolder(out: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const target = path.resolve(out);
  await checkFree(target);
  const partial = await makePartial(target);
  try {
    await fill(partial);
    await rename(partial, target).catch((cause: unknown) => {
      throw unsuitable(target, `something that was put there meanwhile (${messageOf(cause)})`, cause);
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** @throws USAGE where there is something in the way */
export async function checkFree(out: string): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory()) throw unsuitable(out, 'a file');
  const names = await readdir(out);
  if (names.length > 0) throw unsuitable(out, `a folder with ${names.slice(0, 3).join(', ')}`);
}

async function makePartial(target: string): Promise<string> {
  try {
    await mkdir(path.dirname(target), { recursive: true });
    const partial = `${target}.partial-${randomUUID()}`;
    await mkdir(partial);
    return partial;
  } catch (cause) {
    throw unsuitable(target, messageOf(cause), cause);
  }
}

function unsuitable(out: string, actual: string, cause?: unknown): AlexnetError {
  return new AlexnetError('USAGE', {
    expected: `--out to be a folder that is new or empty: ${out}`,
    actual,
    remedy: 'Name another folder, or remove this one first.',
    cause,
  });
}
