import { writeFile } from 'node:fs/promises';
import { AlexnetError, messageOf } from '@alexnet/core';
import { contactSheet } from '@alexnet/images';

/**
 * Writes squares in rows as a PNG.
 * @param squares rows of uint8 [side, side, 3] each
 * @throws USAGE where the file cannot be written
 */
export async function writeSheet(
  file: string,
  squares: readonly (readonly Uint8Array[])[],
  side: number,
): Promise<void> {
  const png = await contactSheet(squares, side);
  try {
    await writeFile(file, png);
  } catch (cause) {
    throw new AlexnetError('USAGE', {
      expected: `${file} to be a file that can be written`,
      actual: messageOf(cause),
      remedy: 'Name another file.',
      cause,
    });
  }
}
