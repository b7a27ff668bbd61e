import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';
import { DirectoryStore } from './directory.ts';
import type { ObjectStore } from './store.ts';

export interface StoreOptions {
  /** Address of an S3-compatible server (path-style addressing); AWS where undefined. */
  s3Endpoint?: string | undefined;
  awsRegion?: string | undefined;
}

/**
 * Opens the store that a URL names: `s3://bucket/prefix` or `file:///path`. Credentials for S3 come from the
 * usual `AWS_*` variables or instance roles. Nothing is contacted yet; {@link ObjectStore.check} does that.
 * @throws CONFIG_INVALID for another kind of URL
 */
export function openStore(url: string, _options: StoreOptions = {}): ObjectStore {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:' && parsed.host === '') return new DirectoryStore(fileURLToPath(parsed));
  throw new AlexnetError('CONFIG_INVALID', {
    expected: 'a store as s3://bucket/prefix or file:///path',
    actual: JSON.stringify(url.replace(/\/\/[^/]*@/, '//…@')),
    remedy: 'Correct STORAGE_URL.',
  });
}
