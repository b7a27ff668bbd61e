import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AlexnetError, folderError, makeFolder, parseJsonAs } from '@alexnet/core';
import { isAlive, isLocked } from '@alexnet/local';
import * as z from 'zod';
import { findStateFolder } from './state-folder.ts';

/** What says where a stack is. No others are taken from a file: the environment is handed on to other programs. */
const VARIABLES = [
  'REDIS_URL',
  'BATCH_REDIS_URL',
  'STORAGE_URL',
  'S3_ENDPOINT',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
] as const;

/** `.alexnet/stack.json`: how other commands reach the local stack. It holds passwords: its mode is 0600. */
const StackFile = z.strictObject({
  pid: z.number().int().positive(),
  environment: z.partialRecord(z.enum(VARIABLES), z.string()),
  /** Where its console is, and the token that changes need. */
  console: z.strictObject({ address: z.url(), token: z.string() }).optional(),
});
export type StackFile = z.infer<typeof StackFile>;
/** Variables by which other processes reach a stack. */
export type StackEnvironment = StackFile['environment'];

const fileIn = (folder: string): string => path.join(folder, 'stack.json');
/** Held by the command that runs a stack out of this folder, and by its services. */
export const stackLock = (folder: string): string => path.join(folder, 'stack.lock');

/** Whole or not there. @throws FOLDER_UNUSABLE, PERMISSION_DENIED, DISK_FULL */
export function writeStackFile(folder: string, { environment, console }: Omit<StackFile, 'pid'>): void {
  makeFolder(folder);
  const file = fileIn(folder);
  const content: StackFile = { pid: process.pid, environment, ...(console && { console }) };
  try {
    rmSync(`${file}.partial`, { force: true });
    writeFileSync(`${file}.partial`, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
    chmodSync(`${file}.partial`, 0o600);
    renameSync(`${file}.partial`, file);
  } catch (error) {
    throw folderError(folder, error);
  }
}

export function removeStackFile(folder: string): void {
  rmSync(fileIn(folder), { force: true });
}

/**
 * The stack that runs out of this folder, or undefined: also where the file is left from one that is gone, and another
 * process has its id now.
 * @throws FORMAT_INVALID for a file that is none of a stack, PERMISSION_DENIED
 */
export function readStackFile(folder: string): StackFile | undefined {
  const content = read(folder);
  if (content === undefined) return undefined;
  const lock = stackLock(folder);
  const isLeft = existsSync(lock) && !isLocked(lock);
  return isAlive(content.pid) && !isLeft ? content : undefined;
}

/**
 * The local stack that a Redis belongs to: the one that runs out of the working directory or the nearest one above it.
 * Undefined where there is none, or it has another Redis. @throws FORMAT_INVALID
 */
export function findStackOf(redisUrl: string): (StackFile & { folder: string }) | undefined {
  const folder = findStateFolder();
  const stack = readStackFile(folder);
  return stack?.environment.REDIS_URL === redisUrl ? { ...stack, folder } : undefined;
}

/** Undefined where there is none. @throws FORMAT_INVALID, PERMISSION_DENIED */
function read(folder: string): StackFile | undefined {
  const file = fileIn(folder);
  let text: Buffer;
  try {
    text = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw folderError(folder, error);
  }
  const invalid = (actual: string, cause: unknown): AlexnetError =>
    new AlexnetError('FORMAT_INVALID', {
      expected: `${file} as "alexnet up" writes it`,
      actual,
      remedy: 'Stop the stack, remove the file and run: alexnet up',
      cause,
    });
  return parseJsonAs(StackFile, text, { invalid });
}
