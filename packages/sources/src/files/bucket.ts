import { AlexnetError } from '@alexnet/core';
import { checkKey, type BucketReader, type ByteRange } from '@alexnet/storage';
import { findClutter } from './clutter.ts';
import { ItemUnreadable } from '../source.ts';
import type { Entry, FileTree, FoundFile, Item, ItemProblem, SourceFile } from '../source.ts';

/** Some of what the SDK says of a refused request. */
interface Refusal {
  name?: string;
  $metadata?: { httpStatusCode?: number };
}

/** The objects of a bucket as files. Keys are taken as they are. */
export class BucketTree implements FileTree {
  readonly url: string;
  readonly format = 'a bucket of image files';
  readonly isLabelled = false;
  readonly #bucket: BucketReader;

  constructor(bucket: BucketReader) {
    this.url = bucket.url;
    this.#bucket = bucket;
  }

  async *list(): AsyncGenerator<SourceFile> {
    let leftOut: string | undefined;
    for await (const { key, size } of this.#bucket.list('')) {
      // Of the prefix itself, as a folder.
      if (key === '') continue;
      const problem = problemOfKey(key, size);
      if (problem !== undefined) {
        yield { name: key, size, problem };
        continue;
      }
      const clutter = findClutter(key);
      if (clutter === undefined) yield { name: key, size };
      // What lies in a folder follows each other in a listing.
      else if (clutter.name !== leftOut) yield { name: clutter.name, size: 0, clutter: clutter.reason };
      leftOut = clutter?.name;
    }
  }

  async find(name: string): Promise<FoundFile | undefined> {
    const found = await this.#bucket.head(name);
    return found && { name, size: found.size, version: found.etag };
  }

  async entries(folder: string, limit: number): Promise<Entry[]> {
    return await this.#bucket.entries(folder === '' ? '' : `${folder}/`, limit);
  }

  async read({ name }: Item): Promise<Buffer> {
    return await this.#get(name);
  }

  async readRange({ name }: Item, offset: number, length: number): Promise<Buffer> {
    return await this.#get(name, { offset, length });
  }

  async #get(name: string, range?: ByteRange): Promise<Buffer> {
    try {
      return await this.#bucket.get(name, range);
    } catch (error) {
      const problem = problemOf(name, error);
      if (problem === undefined || !(await this.#hasObjects())) throw error;
      throw new ItemUnreadable(`${this.url}/${name}`, problem, error);
    }
  }

  close(): Promise<void> {
    return this.#bucket.close();
  }

  async #hasObjects(): Promise<boolean> {
    const { done } = await this.#bucket.list('')[Symbol.asyncIterator]().next();
    return done !== true;
  }
}

function problemOfKey(key: string, size: number): ItemProblem | undefined {
  if (key.split('/').some((segment) => segment === '.' || segment === '..'))
    return {
      reason: 'bad-name',
      detail: 'a segment "." or "..", which servers and proxies take for a folder',
    };
  if (key.endsWith('/') && size > 0)
    return { reason: 'bad-name', detail: 'a key that ends in "/", as only those of folders do' };
  return undefined;
}

/** What an error says about the one object that was asked for; undefined where it may be about the bucket. */
function problemOf(key: string, error: unknown): ItemProblem | undefined {
  if (!(error instanceof AlexnetError)) return undefined;
  const { name, $metadata } = (error.cause ?? {}) as Refusal;
  const detail = error.actual;
  if (error.code === 'KEY_INVALID')
    return { reason: 'bad-name', detail: 'the server does not take this key' };
  if (name === 'InvalidObjectState')
    return { reason: 'unreadable', detail: 'archived: it has to be restored first' };
  const status = $metadata?.httpStatusCode ?? 0;
  if (isOdd(key) && (error.code === 'OBJECT_NOT_FOUND' || status === 400))
    return { reason: 'bad-name', detail: `listed, but not found by this key: ${detail}` };
  if (error.code === 'OBJECT_NOT_FOUND') return { reason: 'missing', detail: 'deleted since it was listed' };
  return undefined;
}

/** Whether a key has what some servers, SDKs or proxies change on the way. */
function isOdd(key: string): boolean {
  try {
    checkKey(key);
    return false;
  } catch {
    return true;
  }
}
