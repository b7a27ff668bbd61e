import { open, type FileHandle } from 'node:fs/promises';
import { AlexnetError, messageOf } from '@alexnet/core';
import { digestOfFile } from './file-digest.ts';
import { corrupt } from './json.ts';

export interface ExpectedFile {
  /** Of the object, for messages. */
  key: string;
  bytes: number;
  sha256: string;
}

/** Objects of a store that is a directory of this machine, opened where they lie. */
export class FilesInPlace {
  /** By digest: the version of the file that has it. */
  readonly #checked = new Map<string, string>();

  /**
   * Opens a file after reading it once, as long as it stays as it is.
   * @throws OBJECT_NOT_FOUND; OBJECT_CORRUPT for another size or digest
   */
  async open(place: string, expected: ExpectedFile): Promise<FileHandle> {
    const file = await openFile(place, expected.key);
    try {
      await this.#check(file, expected);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #check(file: FileHandle, { key, bytes, sha256 }: ExpectedFile): Promise<void> {
    const { size, mtimeNs, ino } = await file.stat({ bigint: true });
    if (size !== BigInt(bytes)) throw corrupt(key, `${bytes} bytes`, `${size} bytes`);
    const version = `${ino}-${mtimeNs}`;
    if (this.#checked.get(sha256 + key) === version) return;
    const digest = await digestOfFile(file);
    if (digest !== sha256) throw corrupt(key, `the digest ${sha256}`, digest);
    this.#checked.set(sha256 + key, version);
  }
}

async function openFile(place: string, key: string): Promise<FileHandle> {
  try {
    return await open(place, 'r');
  } catch (cause) {
    throw new AlexnetError('OBJECT_NOT_FOUND', {
      expected: `${key} at ${place}`,
      actual: messageOf(cause),
      remedy: 'Run: alexnet dataset list',
      cause,
    });
  }
}
