import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { fileEtag, stampTime } from './file-etag.ts';
import { systemCode } from './file-errors.ts';
import { StreamHash } from './hashing.ts';

/** A temporary file untouched for this long belongs to a process that was killed. */
const ABANDONED_MS = 60 * 60 * 1000;
/** Bytes of one write. Longer chunks are written by themselves. */
const GATHERED_BYTES = 512 * 1024;

export interface WrittenFile {
  file: string;
  size: number;
  sha256: string;
  etag: string;
}

/** Writes chunks to a new file in `folder` and flushes it to the disk. On any error the file is gone. */
export async function writeTemporary(
  folder: string,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<WrittenFile> {
  const file = path.join(folder, randomUUID());
  const handle = await open(file, 'wx+');
  const writes = new GatheredWrites(handle);
  try {
    const hash = new StreamHash();
    for await (const chunk of body) {
      await hash.update(chunk);
      await writes.write(chunk);
    }
    await writes.end();
    await stampTime(handle);
    await handle.sync();
    const etag = await fileEtag(handle, await handle.stat({ bigint: true }));
    await handle.close();
    return { file, size: hash.size, sha256: hash.digest(), etag };
  } catch (error) {
    await writes.settle();
    await handle.close().catch(() => undefined);
    await rm(file, { force: true });
    throw error;
  }
}

/** Gathers small chunks, and writes what is gathered while the next ones come. */
class GatheredWrites {
  readonly #file: FileHandle;
  #gathered: Buffer | undefined;
  #filled = 0;
  /** Written already; its memory is used again. */
  #spare: Buffer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The chunk is not looked at any more once this is done. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#filled + chunk.length > GATHERED_BYTES) await this.#send();
    if (chunk.length > GATHERED_BYTES) {
      await this.#writing;
      await writeAll(this.#file, chunk);
      return;
    }
    this.#gathered ??= this.#spare ?? Buffer.allocUnsafe(GATHERED_BYTES);
    this.#spare = undefined;
    this.#gathered.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  async #send(): Promise<void> {
    const [gathered, filled] = [this.#gathered, this.#filled];
    if (gathered === undefined) return;
    [this.#gathered, this.#filled] = [undefined, 0];
    await this.#writing;
    this.#writing = writeAll(this.#file, gathered.subarray(0, filled)).then(() => {
      this.#spare = gathered;
    });
    // It is waited for later, and fails there.
    this.#writing.catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.#send();
    await this.#writing;
  }

  /** After a failure: the file is left alone when it is done. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;)
    done += (await file.write(chunk, done, chunk.length - done)).bytesWritten;
}

/** Moves a file to its place over whatever is there, making folders on the way. Atomic. */
export async function moveInto(file: string, target: string): Promise<void> {
  await withParents(target, async () => {
    try {
      await rename(file, target);
    } catch (error) {
      // A folder whose objects were all deleted is no object. rmdir refuses any other.
      if (systemCode(error) !== 'EISDIR') throw error;
      await rmdir(target);
      await rename(file, target);
    }
  });
  await syncFolder(path.dirname(target));
}

/**
 * Gives a file its place unless something is there already. Atomic.
 * @returns whether it did
 */
export async function linkInto(file: string, target: string): Promise<boolean> {
  try {
    await withParents(target, () => link(file, target));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (!(await stat(target).catch(() => undefined))?.isDirectory()) return false;
    await rmdir(target);
    return await linkInto(file, target);
  }
  await syncFolder(path.dirname(target));
  return true;
}

/** Runs `place`, creating the folders above `target` again if another process has pruned them in between. */
async function withParents(target: string, place: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await place();
      return;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === 100) throw error;
      await makeFolder(path.dirname(target));
    }
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const code = systemCode(error);
    // EEXIST from a recursive mkdir: a file stands where a folder should.
    if (code === 'EEXIST') throw Object.assign(new Error(`${folder} is a file`), { code: 'ENOTDIR' });
    if (code !== 'ENOENT') throw error;
  }
}

/** So that the new name survives a power cut as well as the bytes do. */
async function syncFolder(folder: string): Promise<void> {
  let handle;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    // Pruned since, by a delete that came after; or a system that does not sync folders.
    if (!['ENOENT', 'EINVAL', 'EISDIR', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

/** Removes what a killed process left in the folder of temporary files. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

/** Removes the folders above a deleted object, up to but without `root`, as long as they are empty. */
export async function pruneParents(root: string, target: string): Promise<void> {
  for (let folder = path.dirname(target); folder !== root; folder = path.dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return; // not empty, or another process was first
    }
  }
}
