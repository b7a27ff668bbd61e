/**
 * The object store: one interface, a driver each for S3-compatible servers and directories.
 */
export type {
  ByteRange,
  ListedObject,
  ObjectInfo,
  ObjectStore,
  PutCondition,
  StoredObject,
} from './store.ts';
export { openBucket } from './bucket-reader.ts';
export type { BucketReader } from './bucket-reader.ts';
export { canonicalDigest, canonicalJson } from './canonical.ts';
export { checkedJson, parseCheckedJson } from './checked-json.ts';
export { copyObject } from './copy-object.ts';
export type { ObjectToCopy } from './copy-object.ts';
export { createBucket } from './create-bucket.ts';
export type { BucketPlace } from './create-bucket.ts';
export { sha256Hex, StreamHash } from './hashing.ts';
export { checkKey } from './keys.ts';
export { onRetry } from './s3-client.ts';
export { openStore } from './open.ts';
export type { BucketOptions, StoreOptions } from './open.ts';
