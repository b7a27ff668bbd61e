import type { ObjectStore } from './store.ts';

export interface StoreOptions {
  /** Address of an S3-compatible server (path-style addressing); AWS where undefined. */
  s3Endpoint?: string | undefined;
  awsRegion?: string | undefined;
}

/**
 * Opens the store that a URL names: `s3://bucket/prefix` or `file:///path`. Credentials for S3 come from the
 * usual `AWS_*` variables or instance roles. Nothing is contacted yet; {@link ObjectStore.check} does that.
 */
export function openStore(_url: string, _options: StoreOptions = {}): ObjectStore {
  throw new Error('being written');
}
