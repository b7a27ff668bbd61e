import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { aws } from './aws.ts';
import { checkStore } from './check.ts';
import { objectNotFound, preconditionFailed, rangeInvalid } from './errors.ts';
import { StreamHash } from './hashing.ts';
import { checkFolder, checkKey, checkPrefix } from './keys.ts';
import { createClient, type S3Access } from './s3-client.ts';
import { isAmbiguous, isMissing, isRefused, s3Error, type S3Place } from './s3-errors.ts';
import { begin, measure, receive, receiveVersion, resuming, type ObjectAddress } from './s3-read.ts';
import { uploadStream } from './s3-upload.ts';
import { fromSource, sourceError } from './source.ts';
import type { ByteRange, ObjectInfo, ObjectStore, PutCondition, StoredObject } from './store.ts';

/** Kept with every object: a random name of the write that made it, to tell an own write whose answer was lost. */
const WRITE_ID = 'alexnet-write';

/** An S3-compatible server, reached with path-style addresses where an endpoint is given. */
export class S3Store implements ObjectStore {
  readonly url: string;
  readonly #client: S3Client;
  readonly #place: S3Place;
  /** '' or ends in '/'. */
  readonly #prefix: string;

  /** @param access `setting` is what errors tell a person to correct */
  constructor(bucket: string, prefix: string, access: S3Access & { setting: string }) {
    this.url = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
    const { endpoint, region, setting } = access;
    this.#place = {
      url: this.url,
      bucket,
      endpoint: endpoint === undefined ? `AWS (${region})` : new URL(endpoint).origin,
      setting,
    };
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#client = createClient(access);
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    const address = this.#address(key);
    if (range === undefined) return (await this.#mapped(key, receive(this.#client, address))).body;
    const { offset, length } = range;
    const invalid = rangeInvalid(this.url, key, `${offset} to ${offset + length}`);
    if (offset < 0 || length < 0) throw invalid;
    if (length === 0) {
      // HTTP has no empty range.
      const found = await this.head(key);
      if (found === undefined) throw objectNotFound(this.url, key);
      if (offset > found.size) throw invalid;
      return Buffer.alloc(0);
    }
    const { body } = await this.#mapped(key, receive(this.#client, address, { offset, length }));
    // A range that begins inside the object is cut at its end.
    if (body.length !== length) throw invalid;
    return body;
  }

  async getWithEtag(key: string): Promise<{ body: Buffer; etag: string } | undefined> {
    return await this.#mapped(key, ifPresent(receiveVersion(this.#client, this.#address(key))));
  }

  async getStream(key: string): Promise<Readable> {
    const address = this.#address(key);
    const first = await this.#mapped(key, begin(this.#client, address));
    const chunks = this.#mappedChunks(key, resuming(this.#client, address, first));
    return Readable.from(chunks, { objectMode: false });
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const found = await this.#head(key);
    if (found === undefined) return undefined;
    const size = found.ContentLength ?? (await this.#mapped(key, measure(this.#client, this.#address(key))));
    return { key, size, etag: found.ETag ?? '' };
  }

  async put(key: string, body: Uint8Array, condition: PutCondition = {}): Promise<{ etag: string }> {
    const address = this.#address(key);
    const writeId = randomUUID();
    const command = new (aws().PutObjectCommand)({
      ...address,
      Body: body,
      Metadata: { [WRITE_ID]: writeId },
      IfMatch: condition.ifMatch,
      IfNoneMatch: condition.ifNoneMatch,
    });
    try {
      return { etag: (await this.#client.send(command)).ETag ?? '' };
    } catch (error) {
      const own = await this.#ownWrite(key, writeId, error);
      if (own?.ETag !== undefined) return { etag: own.ETag };
      const conditional = condition.ifMatch !== undefined || condition.ifNoneMatch !== undefined;
      if (conditional && isRefused(error)) throw preconditionFailed(this.url, key, error);
      throw s3Error(error, this.#place, key);
    }
  }

  async putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
  ): Promise<{ size: number; sha256: string; etag: string }> {
    const hash = new StreamHash();
    const writeId = randomUUID();
    const chunks = fromSource(body);
    async function* hashed(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        await hash.update(chunk);
        yield chunk;
      }
    }
    const upload = uploadStream(this.#client, this.#address(key), { [WRITE_ID]: writeId }, hashed());
    const etag = await this.#completed(key, upload, writeId);
    return { size: hash.size, sha256: hash.digest(), etag };
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const request = { Bucket: this.#place.bucket, Prefix: this.#prefix + checkPrefix(prefix) };
    try {
      for await (const page of aws().paginateListObjectsV2({ client: this.#client }, request)) {
        for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
          // Web consoles make empty objects of such names to show folders.
          if (Key.endsWith('/')) continue;
          yield { key: Key.slice(this.#prefix.length), size: Size, modified: LastModified };
        }
      }
    } catch (error) {
      throw s3Error(error, this.#place, prefix);
    }
  }

  async folders(prefix: string): Promise<string[]> {
    const whole = this.#prefix + checkFolder(prefix);
    const request = { Bucket: this.#place.bucket, Prefix: whole, Delimiter: '/' };
    const folders: string[] = [];
    try {
      for await (const page of aws().paginateListObjectsV2({ client: this.#client }, request)) {
        for (const { Prefix = '' } of page.CommonPrefixes ?? []) folders.push(Prefix.slice(whole.length, -1));
      }
    } catch (error) {
      throw s3Error(error, this.#place, prefix);
    }
    return folders;
  }

  async delete(key: string): Promise<void> {
    await this.#mapped(
      key,
      ifPresent(this.#client.send(new (aws().DeleteObjectCommand)(this.#address(key)))),
    );
  }

  localPath(key: string): undefined {
    checkKey(key);
    return undefined;
  }

  check(): Promise<void> {
    return checkStore(this);
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  #address(key: string): ObjectAddress {
    return { Bucket: this.#place.bucket, Key: this.#prefix + checkKey(key) };
  }

  #head(key: string): Promise<HeadObjectCommandOutput | undefined> {
    return this.#mapped(key, ifPresent(this.#client.send(new (aws().HeadObjectCommand)(this.#address(key)))));
  }

  async #completed(key: string, upload: Promise<string>, writeId: string): Promise<string> {
    try {
      return await upload;
    } catch (error) {
      const source = sourceError(error);
      if (source !== undefined) throw source.cause;
      const own = await this.#ownWrite(key, writeId, error);
      if (own?.ETag !== undefined) return own.ETag;
      throw s3Error(error, this.#place, key);
    }
  }

  /** The object, where a failed write of ours was done after all and stands. */
  async #ownWrite(
    key: string,
    writeId: string,
    error: unknown,
  ): Promise<HeadObjectCommandOutput | undefined> {
    if (!isAmbiguous(error)) return undefined;
    const found = await this.#head(key).catch(() => undefined);
    return found?.Metadata?.[WRITE_ID] === writeId ? found : undefined;
  }

  async #mapped<T>(key: string, request: Promise<T>): Promise<T> {
    try {
      return await request;
    } catch (error) {
      throw s3Error(error, this.#place, key);
    }
  }

  async *#mappedChunks(key: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* chunks;
    } catch (error) {
      throw s3Error(error, this.#place, key);
    }
  }
}

async function ifPresent<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
