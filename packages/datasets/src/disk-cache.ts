import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlexnetError, toAlexnetError } from '@alexnet/core';
import { digestOfFile } from './file-digest.ts';
import { corrupt } from './json.ts';

/** An object to be cached, named by its digest. */
export interface CachedObject {
  key: string;
  bytes: number;
  sha256: string;
}

/** A download that has not moved for so long was left behind by a process that died. */
const ABANDONED_MS = 3_600_000;
/** Another process's download that has not moved for so long is not waited for any longer. */
const STANDSTILL_MS = 10_000;
const LOOK_EVERY_MS = 50;

/**
 * Objects of the store on the local disk, shared by the processes of a machine without a lock. A file appears under its
 * digest by a rename, once it is whole and its digest is right. A process that finds it there checks it once, since a disk
 * may have damaged it. While one process downloads an object, the others wait for it. Before a download, the files that
 * were used longest ago make room for all of it. A process that has an evicted file open can go on reading it: the disk
 * holds that much more until then.
 */
export class DiskCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Inodes of the files that this process found to have their digest. */
  readonly #checked = new Map<string, number>();

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /**
   * Opens an object's file for reading, after fetching it where it is not there.
   * @throws OBJECT_CORRUPT when what was fetched is not what the digest says, DISK_FULL, CONFIG_INVALID when the
   *   cache is smaller than the object
   */
  async open(object: CachedObject, fetch: () => Promise<AsyncIterable<Uint8Array>>): Promise<FileHandle> {
    try {
      for (;;) {
        const file = (await this.#openCached(object)) ?? (await this.#download(object, fetch));
        if (file !== undefined) return file;
        await sleep(LOOK_EVERY_MS);
      }
    } catch (error) {
      throw toAlexnetError(error);
    }
  }

  #path({ sha256 }: CachedObject): string {
    return path.join(this.#folder, `${sha256}.tar`);
  }

  async #openCached(object: CachedObject): Promise<FileHandle | undefined> {
    const place = this.#path(object);
    const file = await open(place, 'r').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (file === undefined) return undefined;
    if (await this.#isRight(file, object)) {
      const now = new Date();
      // It may have been evicted since; it is open all the same.
      await utimes(place, now, now).catch(() => undefined);
      return file;
    }
    await file.close();
    await rm(place, { force: true });
    return undefined;
  }

  async #isRight(file: FileHandle, { bytes, sha256 }: CachedObject): Promise<boolean> {
    const { size, ino } = await file.stat();
    if (size !== bytes) return false;
    if (this.#checked.get(sha256) === ino) return true;
    if ((await digestOfFile(file)) !== sha256) return false;
    this.#checked.set(sha256, ino);
    return true;
  }

  /** Undefined while another process is downloading the object. */
  async #download(
    object: CachedObject,
    fetch: () => Promise<AsyncIterable<Uint8Array>>,
  ): Promise<FileHandle | undefined> {
    if (object.bytes > this.#maxBytes) throw tooSmall(object, this.#maxBytes);
    await mkdir(this.#folder, { recursive: true });
    const claim = await this.#claim(object);
    if (claim === undefined) return undefined;
    try {
      // Another process may have finished it after this one looked, and before it gave up its claim.
      return (await this.#openCached(object)) ?? (await this.#fetch(object, fetch));
    } finally {
      await rm(claim, { force: true });
    }
  }

  async #fetch(object: CachedObject, fetch: () => Promise<AsyncIterable<Uint8Array>>): Promise<FileHandle> {
    const part = path.join(this.#folder, `${object.sha256}.${randomUUID()}.part`);
    const file = await open(part, 'wx+');
    try {
      // At its full size from the start, so that other processes count it when they make room.
      await file.truncate(object.bytes);
      await this.#makeRoom();
      await fill(file, object, await fetch());
      // Otherwise a power cut could leave a file of the right size and name without its bytes.
      await file.datasync();
      await rename(part, this.#path(object));
      this.#checked.set(object.sha256, (await file.stat()).ino);
      return file;
    } catch (error) {
      await file.close();
      await rm(part, { force: true });
      throw error;
    }
  }

  /**
   * An empty file by which other processes know that an object is being downloaded; undefined where one of them is at it. Only
   * to save work: where two download the same object, both files are whole.
   */
  async #claim({ sha256 }: CachedObject): Promise<string | undefined> {
    const claim = path.join(this.#folder, `${sha256}.part`);
    for (;;) {
      try {
        await (await open(claim, 'wx')).close();
        return claim;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const parts = (await this.#list()).filter(
        ({ place }) => place.endsWith('.part') && path.basename(place).startsWith(sha256),
      );
      if (parts.some(({ usedMs }) => usedMs > Date.now() - STANDSTILL_MS)) return undefined;
      // Where none is left, the claim is free already, and may be another's by now.
      if (parts.length > 0) await rm(claim, { force: true });
    }
  }

  async #makeRoom(): Promise<void> {
    const files = await this.#list();
    let total = files.reduce((sum, { size }) => sum + size, 0);
    for (const { place, size, usedMs } of files.sort((a, b) => a.usedMs - b.usedMs)) {
      const abandoned = place.endsWith('.part') && usedMs < Date.now() - ABANDONED_MS;
      if (!abandoned && (place.endsWith('.part') || total <= this.#maxBytes)) continue;
      await rm(place, { force: true });
      total -= size;
    }
  }

  async #list(): Promise<{ place: string; size: number; usedMs: number }[]> {
    const found = [];
    for (const name of await readdir(this.#folder)) {
      if (!/\.(tar|part)$/.test(name)) continue;
      const place = path.join(this.#folder, name);
      // Another process may have removed it meanwhile.
      const stats = await stat(place).catch(() => undefined);
      if (stats !== undefined) found.push({ place, size: stats.size, usedMs: stats.mtimeMs });
    }
    return found;
  }
}

async function fill(
  file: FileHandle,
  { key, bytes, sha256 }: CachedObject,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, size + done);
      done += bytesWritten;
    }
    size += chunk.length;
    if (size > bytes) break;
  }
  if (size !== bytes) throw corrupt(key, `${bytes} bytes`, `${size > bytes ? 'more' : size}`);
  const digest = hash.digest('hex');
  if (digest !== sha256) throw corrupt(key, `the digest ${sha256}`, digest);
}

function tooSmall({ bytes }: CachedObject, maxBytes: number): AlexnetError {
  return new AlexnetError('CONFIG_INVALID', {
    expected: `a shard cache of at least ${bytes} bytes, better of ten shards`,
    actual: `${maxBytes} bytes`,
    remedy: 'Set ALEXNET_SHARD_CACHE_BYTES to more, or make the dataset with smaller shards.',
  });
}
