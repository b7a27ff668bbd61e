import { fileURLToPath } from 'node:url';
import { AlexnetError } from '@alexnet/core';
import { DirectoryStore } from './directory.ts';
import { checkKey } from './keys.ts';
import type { S3Access } from './s3-client.ts';
import { S3Store } from './s3.ts';
import type { ObjectStore } from './store.ts';

export interface StoreOptions {
  /** Address of an S3-compatible server (path-style addressing); AWS where undefined. */
  s3Endpoint?: string | undefined;
  awsRegion?: string | undefined;
  /** For S3; unless given they come from the usual `AWS_*` variables, files or instance roles. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  /** Of the files of the AWS tools on this machine (`~/.aws`), instead of the environment. */
  profile?: string | undefined;
  /** What errors tell a person to correct; STORAGE_URL where undefined. */
  setting?: string | undefined;
}

/** How a bucket of other people is reached. */
export interface BucketOptions extends StoreOptions {
  anonymous?: S3Access['anonymous'];
}

/**
 * Opens the store that a URL names: `s3://bucket/prefix` or `file:///path`. Nothing is contacted yet;
 * {@link ObjectStore.check} does that.
 * @throws CONFIG_INVALID for another kind of URL, KEY_INVALID for a prefix that no key may begin with
 */
export function openStore(url: string, options: StoreOptions = {}): ObjectStore {
  const { setting = 'STORAGE_URL' } = options;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const plain = parsed?.username === '' && parsed.port === '' && parsed.search === '' && parsed.hash === '';
  if (plain && parsed.protocol === 'file:' && parsed.host === '') {
    return new DirectoryStore(decoded(url, setting, () => fileURLToPath(parsed)));
  }
  if (plain && parsed.protocol === 's3:' && parsed.hostname !== '') {
    const path = decoded(url, setting, () => decodeURIComponent(parsed.pathname));
    const prefix = path.replace(/^\//, '').replace(/\/$/, '');
    const { s3Endpoint: endpoint, awsRegion: region = 'us-east-1', credentials, profile } = options;
    return new S3Store(parsed.hostname, prefix && checkKey(prefix), {
      endpoint,
      region,
      credentials,
      profile,
      setting,
    });
  }
  throw invalid(url, setting);
}

/** A part of the URL, decoded: a "%" in it may begin no escape, and an escape may be no UTF-8. */
function decoded(url: string, setting: string, decode: () => string): string {
  try {
    const text = decode();
    if (!text.includes('\0')) return text;
  } catch (cause) {
    throw invalid(url, setting, cause);
  }
  throw invalid(url, setting);
}

function invalid(url: string, setting: string, cause?: unknown): AlexnetError {
  return new AlexnetError('CONFIG_INVALID', {
    expected: 'a store as s3://bucket/prefix or file:///path',
    actual: JSON.stringify(url.replace(/\/\/[^/]*@/, '//…@')),
    remedy: `Correct ${setting}.`,
    cause,
  });
}
