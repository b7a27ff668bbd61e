import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { sha256Hex } from './hashing.ts';

/** Objects up to this size are known by their content: pointers and manifests, on which conditions are put. */
const HASHED_BYTES = 64 * 1024;
const READ_BYTES = 512 * 1024 ** 2;

/**
 * The etag of a file: the SHA-256 of its bytes up to 64 KiB, which holds on every file system and machine; for
 * larger ones size, modification time in ns and inode, so that listing checkpoints does not read them. The times
 * are stamped by {@link stampTime} so that two writes within one tick of the clock differ.
 */
export async function fileEtag(file: FileHandle, info: BigIntStats): Promise<string> {
  if (info.size <= HASHED_BYTES) return sha256Hex(await readRange(file, 0, Number(info.size)));
  return `${info.size}-${info.mtimeNs}-${info.ino}`;
}

/** Sets the modification time to now, at a random fraction of the second. */
export async function stampTime(file: FileHandle): Promise<void> {
  const seconds = Math.floor(Date.now() / 1000);
  await file.utimes(seconds, seconds + Math.random());
}

/** Exactly `length` bytes from `offset`, or fewer at the end of the file; does not move the file's position. */
export async function readRange(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, READ_BYTES), offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
