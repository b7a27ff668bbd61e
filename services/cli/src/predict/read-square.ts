import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AlexnetError, messageOf, printable, QuickReads } from '@alexnet/core';
import { FILE_LIMIT } from '@alexnet/datasets';
import { decodeSquare } from '@alexnet/images';
import pLimit from 'p-limit';

const reads = new QuickReads();
/** Otherwise, opening a pipe would wait for a writer. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** Larger files, in bytes, are read and decoded a few at a time, since they are in memory as a whole. */
const LARGE_FILE = 8 * 1024 ** 2;
const ofSmall = pLimit(32);
const ofLarge = pLimit(2);

/**
 * An image file in its stored form, uint8 [side, side, 3]. However many are asked for, less than 1 GB of files is in memory.
 * @throws IMAGE_UNREADABLE naming the file
 */
export async function readSquare(file: string, side: number): Promise<Buffer> {
  try {
    const size = await sizeOf(file);
    const limited = size > LARGE_FILE ? ofLarge : ofSmall;
    return await limited(async () => await decodeSquare(await reads.readFile(file, READ), side));
  } catch (cause) {
    throw unreadable(file, cause instanceof AlexnetError ? cause.actual : messageOf(cause), cause);
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error('no file, but a folder, a pipe or a device');
  if (found.size > FILE_LIMIT) throw new Error(`a file of ${found.size} bytes, more than ${FILE_LIMIT}`);
  return found.size;
}

/** IMAGE_UNREADABLE for one path. */
export function unreadable(file: string, actual: string, cause?: unknown): AlexnetError {
  return new AlexnetError('IMAGE_UNREADABLE', {
    expected: `${printable(file)} to be an image file`,
    actual,
    remedy: 'Check the path and the file; JPEG, PNG, GIF, WebP, TIFF and AVIF are read.',
    cause,
  });
}
