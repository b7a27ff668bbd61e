import { realpathSync } from 'node:fs';
import { mkdir, open, realpath, rm, unlink, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { checkStore } from './check.ts';
import { objectNotFound, preconditionFailed, rangeInvalid } from './errors.ts';
import { fileError, systemCode } from './file-errors.ts';
import { fileEtag, readRange } from './file-etag.ts';
import { listFiles, listFolders } from './file-list.ts';
import {
  linkInto,
  moveInto,
  pruneParents,
  removeAbandoned,
  writeTemporary,
  type WrittenFile,
} from './file-write.ts';
import { withKeyLock } from './key-lock.ts';
import { checkFolder, checkKey, checkPrefix, keyInvalid, RESERVED_SEGMENT } from './keys.ts';
import { Root } from './root.ts';
import { fromSource, sourceError } from './source.ts';
import type { ByteRange, ObjectInfo, ObjectStore, PutCondition, StoredObject } from './store.ts';

const GONE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/**
 * A directory that behaves like a bucket: an object is a file under it, of the key's name. Writes go to a
 * temporary file and are renamed (or linked, for `ifNoneMatch`) into place; every write and delete of a key holds
 * a lock between processes, so conditions hold under races. Symbolic links below the root are refused.
 */
export class DirectoryStore implements ObjectStore {
  readonly url: string;
  readonly #root: string;
  readonly #directory: Root;
  readonly #temporary: string;
  readonly #locks: string;
  #cleared: Promise<void> | undefined;

  constructor(root: string) {
    this.#root = path.resolve(root);
    this.#directory = new Root(this.#root);
    this.url = pathToFileURL(this.#root).href;
    this.#temporary = path.join(this.#root, RESERVED_SEGMENT, 'temporary');
    this.#locks = path.join(this.#root, RESERVED_SEGMENT, 'locks');
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    const body = await this.#read(key, async (file, size) => {
      const { offset, length } = range ?? { offset: 0, length: size };
      if (offset < 0 || length < 0 || offset + length > size)
        throw rangeInvalid(this.url, key, `${offset} to ${offset + length}`, size);
      return await readRange(file, offset, length);
    });
    if (body === undefined) throw objectNotFound(this.url, key);
    return body;
  }

  getWithEtag(key: string): Promise<{ body: Buffer; etag: string } | undefined> {
    return this.#read(key, async (file, size) => ({
      body: await readRange(file, 0, size),
      etag: await fileEtag(file, await file.stat({ bigint: true })),
    }));
  }

  async getStream(key: string): Promise<Readable> {
    const file = await this.#open(key);
    if (file === undefined) throw objectNotFound(this.url, key);
    return file.createReadStream({ highWaterMark: 1024 ** 2 });
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.#read(key, async (file, size) => ({
      key,
      size,
      etag: await fileEtag(file, await file.stat({ bigint: true })),
    }));
  }

  async put(key: string, body: Uint8Array, condition: PutCondition = {}): Promise<{ etag: string }> {
    const { etag } = await this.#write(key, [body], condition);
    return { etag };
  }

  async putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
  ): Promise<{ size: number; sha256: string; etag: string }> {
    const { size, sha256, etag } = await this.#write(key, fromSource(body), {});
    return { size, sha256, etag };
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    checkPrefix(prefix);
    await this.#directory.check();
    try {
      yield* listFiles(this.#root, prefix);
    } catch (error) {
      throw fileError(error, this.#root, prefix);
    }
    await this.#directory.check();
  }

  async folders(prefix: string): Promise<string[]> {
    checkFolder(prefix);
    await this.#directory.check();
    const folders = await this.#guarded(prefix, () => listFolders(this.#root, prefix));
    await this.#directory.check();
    return folders;
  }

  async delete(key: string): Promise<void> {
    const target = this.#path(key);
    await this.#guarded(key, async () => {
      if ((await this.head(key)) === undefined) return;
      await this.#prepare();
      await withKeyLock(this.#locks, key, async () => {
        await unlink(target).catch((error: unknown) => {
          if (!GONE.has(systemCode(error) ?? '')) throw error;
        });
        await pruneParents(this.#root, target);
      });
    });
  }

  localPath(key: string): string {
    const target = this.#path(key);
    try {
      this.#refuseLinks(key, target, realpathSync.native(this.#root), realpathSync.native(target));
    } catch (error) {
      if (!GONE.has(systemCode(error) ?? '')) throw fileError(error, this.#root, key);
    }
    return target;
  }

  check(): Promise<void> {
    return checkStore(this);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #path(key: string): string {
    return path.join(this.#root, ...checkKey(key).split('/'));
  }

  /** The real path of something below the root is the root's with the rest appended, unless a link is on the way. */
  #refuseLinks(key: string, place: string, realRoot: string, real: string): void {
    if (path.join(realRoot, path.relative(this.#root, place)) === real) return;
    throw keyInvalid(key, `a key that does not pass through a symbolic link below ${this.#root}`);
  }

  /** Opens an object, or returns undefined where there is none; a folder is none. */
  async #open(key: string): Promise<FileHandle | undefined> {
    const target = this.#path(key);
    let file: FileHandle | undefined;
    try {
      this.#refuseLinks(key, target, await realpath(this.#root), await realpath(target));
      file = await open(target, 'r');
      await this.#directory.confirm();
      if ((await file.stat()).isFile()) return file;
      await file.close();
      return undefined;
    } catch (error) {
      await file?.close();
      if (!GONE.has(systemCode(error) ?? '')) throw fileError(error, this.#root, key);
    }
    await this.#directory.check();
    return undefined;
  }

  async #read<T>(key: string, read: (file: FileHandle, size: number) => Promise<T>): Promise<T | undefined> {
    const file = await this.#open(key);
    if (file === undefined) return undefined;
    return await this.#guarded(key, async () => {
      try {
        return await read(file, (await file.stat()).size);
      } finally {
        await file.close();
      }
    });
  }

  async #write(
    key: string,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    condition: PutCondition,
  ): Promise<WrittenFile> {
    const target = this.#path(key);
    return await this.#guarded(key, async () => {
      await this.#directory.check();
      await this.#prepare();
      await this.#directory.check();
      await this.#checkParents(key, target);
      const written = await writeTemporary(this.#temporary, body);
      try {
        await withKeyLock(this.#locks, key, (stillHeld) =>
          this.#putInPlace(key, written, condition, stillHeld),
        );
      } finally {
        await rm(written.file, { force: true });
      }
      return written;
    });
  }

  async #putInPlace(
    key: string,
    { file }: WrittenFile,
    condition: PutCondition,
    stillHeld: () => void,
  ): Promise<void> {
    const target = this.#path(key);
    if (condition.ifMatch !== undefined && (await this.head(key))?.etag !== condition.ifMatch)
      throw preconditionFailed(this.url, key);
    stillHeld();
    if (condition.ifNoneMatch === undefined) await moveInto(file, target);
    else if (!(await linkInto(file, target))) throw preconditionFailed(this.url, key);
  }

  /** The deepest folder above the target that exists must be where its name says. */
  async #checkParents(key: string, target: string): Promise<void> {
    const realRoot = await realpath(this.#root);
    for (let folder = path.dirname(target); folder !== this.#root; folder = path.dirname(folder)) {
      try {
        this.#refuseLinks(key, folder, realRoot, await realpath(folder));
        return;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
  }

  /** Makes the folders that writing needs, and, once per store, clears away what killed processes left. */
  async #prepare(): Promise<void> {
    await mkdir(this.#temporary, { recursive: true });
    await mkdir(this.#locks, { recursive: true });
    this.#cleared ??= removeAbandoned(this.#temporary).catch((error: unknown) => {
      this.#cleared = undefined;
      throw error;
    });
    await this.#cleared;
  }

  async #guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const source = sourceError(error);
      throw source === undefined ? fileError(error, this.#root, key) : source.cause;
    }
  }
}
