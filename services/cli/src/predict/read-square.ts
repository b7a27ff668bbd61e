import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AlexnetError, messageOf, printable, QuickReads } from '@alexnet/core';
import { FILE_LIMIT } from '@alexnet/datasets';
import { decodeSquare } from '@alexnet/images';

const reads = new QuickReads();
/** Opening a pipe would else wait for whoever writes to it. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/** An image file in its stored form, uint8 [side, side, 3]. @throws IMAGE_UNREADABLE naming the file */
export async function readSquare(file: string, side: number): Promise<Buffer> {
  try {
    return await decodeSquare(await readFile(file), side);
  } catch (cause) {
    throw unreadable(file, cause instanceof AlexnetError ? cause.actual : messageOf(cause), cause);
  }
}

async function readFile(file: string): Promise<Buffer> {
  const found = await stat(file);
  if (!found.isFile()) throw new Error('no file, but a folder, a pipe or a device');
  if (found.size > FILE_LIMIT) throw new Error(`a file of ${found.size} bytes, more than ${FILE_LIMIT}`);
  return await reads.readFile(file, READ);
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
