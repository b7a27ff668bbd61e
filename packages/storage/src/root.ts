import { stat } from 'node:fs/promises';
import { directoryFailed, directoryUnreachable, fileError, systemCode } from './file-errors.ts';

/**
 * The directory that a store is. One that was there and is gone, or another one in its place, is a file system that is
 * not mounted any more: what is missing in it must not be taken for deleted, and nothing be written below it.
 */
export class Root {
  readonly path: string;
  #seen: string | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws STORAGE_UNREACHABLE when it vanished, STORAGE_FAILED when it is no directory, STORAGE_DENIED */
  async check(): Promise<void> {
    const found = await this.#identity();
    if (this.#seen !== undefined && found !== this.#seen)
      throw directoryUnreachable(found === undefined ? 'it is gone' : 'another directory', this.path);
    this.#seen = found;
  }

  /** As {@link check}, for what was found in it: that is proof enough once the directory is known. */
  async confirm(): Promise<void> {
    if (this.#seen === undefined) await this.check();
  }

  async #identity(): Promise<string | undefined> {
    try {
      const info = await stat(this.path, { bigint: true });
      if (info.isDirectory()) return `${info.dev}-${info.ino}`;
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT') return undefined;
      throw code === 'ENOTDIR' ? directoryFailed(error, this.path) : fileError(error, this.path, '');
    }
    throw directoryFailed(new Error('it is a file'), this.path);
  }
}
