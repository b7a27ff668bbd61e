import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';
import { DirectoryStore } from './directory.ts';
import { checkKey } from './keys.ts';
import { S3Store } from './s3.ts';
import type { ObjectStore } from './store.ts';

export interface StoreOptions {
  /** Address of an S3-compatible server (path-style addressing); AWS where undefined. */
  s3Endpoint?: string | undefined;
  awsRegion?: string | undefined;
  /** For S3; unless given they come from the usual `AWS_*` variables, files or instance roles. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
}

/**
 * Opens the store that a URL names: `s3://bucket/prefix` or `file:///path`. Nothing is contacted yet;
 * {@link ObjectStore.check} does that.
 * @throws CONFIG_INVALID for another kind of URL, KEY_INVALID for a prefix that no key may begin with
 */
export function openStore(url: string, options: StoreOptions = {}): ObjectStore {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const plain = parsed?.username === '' && parsed.port === '' && parsed.search === '' && parsed.hash === '';
  if (plain && parsed.protocol === 'file:' && parsed.host === '') {
    return new DirectoryStore(fileURLToPath(parsed));
  }
  if (plain && parsed.protocol === 's3:' && parsed.hostname !== '') {
    const prefix = decodeURIComponent(parsed.pathname).replace(/^\//, '').replace(/\/$/, '');
    const { s3Endpoint: endpoint, awsRegion: region = 'us-east-1', credentials } = options;
    return new S3Store(parsed.hostname, prefix && checkKey(prefix), { endpoint, region, credentials });
  }
  throw new AlexnetError('CONFIG_INVALID', {
    expected: 'a store as s3://bucket/prefix or file:///path',
    actual: JSON.stringify(url.replace(/\/\/[^/]*@/, '//…@')),
    remedy: 'Correct STORAGE_URL.',
  });
}
