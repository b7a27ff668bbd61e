import type { S3Client } from '@aws-sdk/client-s3';
import { AlexnetError } from '@alexnet/core';
import { aws } from './aws.ts';
import type { BucketOptions } from './open.ts';
import { createClient } from './s3-client.ts';
import { isMissing, s3Error, statusOf, type S3Place } from './s3-errors.ts';
import { measure, receive, type ObjectAddress } from './s3-read.ts';
import type { ByteRange, ListedObject, ObjectInfo } from './store.ts';

const KEYS_IN_A_PAGE = 1000;

/**
 * A bucket that other programs wrote, or the part of it below a prefix. It is only read. Keys are taken as they are:
 * none of the rules for keys that the store writes apply.
 */
export interface BucketReader {
  /** `s3://bucket/prefix`, without credentials. */
  readonly url: string;
  /** Every object whose key begins so, also those whose keys end in `/`, which some tools write to mark a folder. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Size and etag, or undefined where there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** The names of the folders and the keys directly below a prefix, which is '' or ends in `/`: the first `limit`. */
  entries(prefix: string, limit: number): Promise<{ name: string; isFolder: boolean }[]>;
  /**
   * The whole object, or what there is of a range of it.
   * @throws OBJECT_NOT_FOUND; KEY_INVALID for a key that the server refuses
   */
  get(key: string, range?: ByteRange): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Opens `s3://BUCKET/PREFIX`. What follows the bucket is the prefix, character by character: nothing in it is an escape, a
 * query or a fragment. It names a folder: `s3://b/cat` and `s3://b/cat/` hold `cat/1.png`, and not `catalogue/1.png`.
 * @throws CONFIG_INVALID where no bucket is named
 */
export function openBucket(url: string, options: BucketOptions = {}): BucketReader {
  const [, bucket, prefix = ''] = /^s3:\/\/([\w.-]+)(?:\/(.*))?$/s.exec(url) ?? [];
  if (bucket !== undefined) return new S3Reader(bucket, prefix.replace(/\/$/, ''), options);
  throw new AlexnetError('CONFIG_INVALID', {
    expected: 'a source s3://BUCKET/PREFIX, without a user, a password or a port',
    actual: JSON.stringify(url.replace(/\/\/[^/]*@/, '//…@')),
    remedy: 'Name the bucket; credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  });
}

class S3Reader implements BucketReader {
  readonly url: string;
  readonly #client: S3Client;
  readonly #place: S3Place;
  /** '' or ends in '/'. */
  readonly #prefix: string;

  constructor(bucket: string, prefix: string, options: BucketOptions) {
    const { s3Endpoint: endpoint, awsRegion: region = 'us-east-1', ...access } = options;
    this.url = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#place = {
      url: this.url,
      bucket,
      endpoint: endpoint === undefined ? `AWS (${region})` : new URL(endpoint).origin,
      setting: 'the address of the source',
    };
    this.#client = createClient({ ...access, endpoint, region });
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    // XML cannot carry control characters, so the server is asked to escape keys.
    const request = {
      Bucket: this.#place.bucket,
      Prefix: this.#prefix + prefix,
      EncodingType: 'url' as const,
    };
    try {
      for await (const page of aws().paginateListObjectsV2({ client: this.#client }, request)) {
        for (const { Key = '', Size = 0 } of page.Contents ?? []) {
          const key = page.EncodingType === 'url' ? unescaped(Key) : Key;
          if (key.startsWith(this.#prefix)) yield { key: key.slice(this.#prefix.length), size: Size };
        }
      }
    } catch (error) {
      throw s3Error(error, this.#place, '');
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const address = this.#address(key);
    try {
      const { ContentLength, ETag } = await this.#client.send(new (aws().HeadObjectCommand)(address));
      return { key, size: ContentLength ?? (await measure(this.#client, address)), etag: ETag ?? '' };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw s3Error(error, this.#place, key);
    }
  }

  async entries(prefix: string, limit: number): Promise<{ name: string; isFolder: boolean }[]> {
    const below = this.#prefix + prefix;
    const request = {
      ...{ Bucket: this.#place.bucket, Prefix: below, Delimiter: '/' },
      ...{ EncodingType: 'url' as const, MaxKeys: Math.min(limit, KEYS_IN_A_PAGE) },
    };
    const found: { name: string; isFolder: boolean }[] = [];
    try {
      for await (const page of aws().paginateListObjectsV2({ client: this.#client }, request)) {
        const plain = (key: string): string => (page.EncodingType === 'url' ? unescaped(key) : key);
        for (const { Prefix = '' } of page.CommonPrefixes ?? [])
          found.push({ name: plain(Prefix).slice(below.length, -1), isFolder: true });
        for (const { Key = '' } of page.Contents ?? []) {
          const name = plain(Key).slice(below.length);
          if (name !== '') found.push({ name, isFolder: false });
        }
        if (found.length >= limit) break;
      }
    } catch (error) {
      throw s3Error(error, this.#place, '');
    }
    return found.slice(0, limit);
  }

  async get(key: string, range?: ByteRange): Promise<Buffer> {
    if (range?.length === 0) return Buffer.alloc(0);
    try {
      return (await receive(this.#client, this.#address(key), range)).body;
    } catch (error) {
      if (range !== undefined && statusOf(error) === 416) return Buffer.alloc(0);
      throw s3Error(error, this.#place, key);
    }
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  #address(key: string): ObjectAddress {
    return { Bucket: this.#place.bucket, Key: this.#prefix + key };
  }
}

/** A key of a listing with `encoding-type=url`: as in a form, a space is a "+". */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
