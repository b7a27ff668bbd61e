import type { Readable } from 'node:stream';

export interface ListedObject {
  key: string;
  /** Bytes. */
  size: number;
}

/** An object of the store as a listing shows it. */
export interface StoredObject extends ListedObject {
  /** When it was last written, by the clock of the store. */
  modified: Date;
}

export interface ObjectInfo extends ListedObject {
  /** Opaque; changes whenever the object's bytes change. Feeds `ifMatch`. */
  etag: string;
}

/** A write that only happens under a condition. Without one the write is unconditional. */
export interface PutCondition {
  /** Only if no object with this key exists. */
  ifNoneMatch?: '*';
  /** Only if the object is still the one with this etag. */
  ifMatch?: string;
}

export interface ByteRange {
  /** First byte. */
  offset: number;
  /** Number of bytes. */
  length: number;
}

/**
 * An object store: S3-compatible, or a directory that behaves alike. Keys are relative to the store's root
 * (bucket and prefix), `/`-separated, at most 900 bytes of UTF-8, without empty, `.` or `..` segments; anything
 * else is KEY_INVALID. Every write is all or nothing: a reader sees the old object, the new one, or none.
 *
 * No key may also be the beginning of another (`a` and `a/b`): some stores refuse the second as KEY_INVALID.
 *
 * Any method may throw STORAGE_UNREACHABLE, STORAGE_DENIED or STORAGE_FAILED after its retries, or DISK_FULL.
 */
export interface ObjectStore {
  /** Where this is, without credentials, e.g. `s3://bucket/prefix` or `file:///path`. */
  readonly url: string;

  /** The whole object, or a range of it. @throws OBJECT_NOT_FOUND; FORMAT_INVALID for a range past the end */
  get(key: string, range?: ByteRange): Promise<Buffer>;

  /** The object with its etag, read in one request, or undefined where there is none. */
  getWithEtag(key: string): Promise<{ body: Buffer; etag: string } | undefined>;

  /**
   * The object as a stream of Buffers, resumed where a connection breaks off.
   * @throws OBJECT_NOT_FOUND before the stream is returned
   */
  getStream(key: string): Promise<Readable>;

  /** Size and etag, or undefined where there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /** Writes one small object (at most 64 MiB). @throws OBJECT_PRECONDITION_FAILED when the condition does not hold */
  put(key: string, body: Uint8Array, condition?: PutCondition): Promise<{ etag: string }>;

  /**
   * Writes an object of any size from a stream, in parts, hashing on the way. Nothing is visible until the last
   * byte is there; a failed upload leaves nothing behind. What the source throws is passed on as it is. A chunk is not looked at
   * any more when the next one is asked for, so that its memory may be used again. At most 78 GiB on S3.
   */
  putStream(
    key: string,
    body: AsyncIterable<Uint8Array>,
  ): Promise<{ size: number; sha256: string; etag: string }>;

  /**
   * Every object under a prefix, in the order of the keys' UTF-8 bytes. The prefix is plain text, not a folder; ''
   * lists all. Keys that end in `/` (folder marks of S3 consoles) and symbolic links are left out. Without etags, for
   * which a directory would have to read the objects.
   */
  list(prefix: string): AsyncIterable<StoredObject>;

  /**
   * The first segment after the prefix, for those keys that have more than one: the names of the folders in a folder,
   * sorted, however many objects lie in them. The prefix is '' or ends in `/`.
   */
  folders(prefix: string): Promise<string[]>;

  /** Deletes an object; no error when it is gone already. */
  delete(key: string): Promise<void>;

  /**
   * The path of an object on this machine, where the store is a directory on it: a reader may open it in place
   * of copying it. Undefined for a store elsewhere.
   */
  localPath(key: string): string | undefined;

  /**
   * Writes, reads and deletes a probe object and tries conditional writes that must fail.
   * @throws STORAGE_UNSUITABLE for a store that ignores conditions
   */
  check(): Promise<void>;

  close(): Promise<void>;
}
