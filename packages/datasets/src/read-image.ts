import { AlexnetError } from '@alexnet/core';
import { ItemUnreadable, type ItemProblem, type SourceFile, type SourceReader } from '@alexnet/sources';
import { decodeImage, unreadableReason, type DecodeOptions, type Square } from '@alexnet/images';
import { FILE_LIMIT } from './spec.ts';

/** A decoded file, or what is wrong with it. `bytes` is undefined where it was not read; `size` is that of the file. */
export type ReadImage = { size: number } & (
  { square: Square; bytes: Buffer } | { problem: ItemProblem; bytes: Buffer | undefined }
);

/**
 * Reads and decodes a file of a source. What is wrong with the file is part of the result.
 * @throws what is wrong with the source as a whole
 */
export async function readImage(
  source: SourceReader,
  { name, size, problem, at }: SourceFile,
  options: DecodeOptions,
): Promise<ReadImage> {
  if (problem !== undefined) return { problem, bytes: undefined, size };
  if (size > FILE_LIMIT) return tooLarge(size);
  let bytes: Buffer;
  try {
    bytes = await source.read({ name, at });
  } catch (error) {
    if (error instanceof ItemUnreadable) return { problem: error.problem, bytes: undefined, size };
    throw error;
  }
  // It may have grown since it was listed.
  if (bytes.length > FILE_LIMIT) return tooLarge(bytes.length);
  try {
    return { square: await decodeImage(bytes, options), bytes, size: bytes.length };
  } catch (error) {
    const reason = unreadableReason(error);
    if (reason === undefined || !(error instanceof AlexnetError)) throw error;
    return { problem: { reason, detail: error.actual }, bytes, size: bytes.length };
  }
}

const tooLarge = (size: number): ReadImage => ({
  problem: { reason: 'too-many-bytes', detail: `more than ${FILE_LIMIT} bytes` },
  bytes: undefined,
  size,
});
