/** Where the images of a dataset are read: its source before it is made, its shards afterwards. */
import path from 'node:path';
import type { Config } from '@alexnet/core';
import { createShardReader, type DatasetSpec, type ShardReader } from '@alexnet/datasets';
import { openReader, openSource, type Source, type SourceReader, type StagingArea } from '@alexnet/sources';
import type { BucketOptions, ObjectStore } from '@alexnet/storage';

/** Where the workers of a machine cache shards. */
export const shardCacheFolder = ({ cacheDir }: Pick<Config, 'cacheDir'>): string =>
  path.join(cacheDir, 'shards');

/** Shards of the store, by way of the cache that the processes of a machine share. Close it. */
export function openConfiguredShards(config: Config, store: ObjectStore): ShardReader {
  return createShardReader({
    store,
    cacheDir: shardCacheFolder(config),
    maxBytes: config.shardCacheBytes,
  });
}

type SourceConfig = Pick<Config, 's3Endpoint' | 'awsRegion' | 's3Credentials'>;
type SourceOfSpec = Pick<DatasetSpec, 'source' | 'access'>;

/** The source of a dataset, reached as its spec says, or else as the store is. Close it. @throws as {@link openSource} */
export async function openConfiguredSource(
  config: SourceConfig,
  spec: SourceOfSpec,
  staging?: StagingArea,
): Promise<Source> {
  return await openSource(spec.source, { ...accessOf(config, spec), staging });
}

/** Likewise, for reading what was planned. */
export async function openConfiguredReader(
  config: SourceConfig,
  spec: SourceOfSpec,
  staging: StagingArea,
): Promise<SourceReader> {
  return await openReader(spec.source, { ...accessOf(config, spec), staging });
}

function accessOf(config: SourceConfig, { access = {} }: SourceOfSpec): BucketOptions {
  const { endpoint = config.s3Endpoint, region = config.awsRegion, profile, anonymous } = access;
  const isOwn = profile === undefined && anonymous !== true;
  return {
    ...{ profile, anonymous, credentials: isOwn ? config.s3Credentials : undefined },
    s3Endpoint: endpoint === 'aws' ? undefined : endpoint,
    awsRegion: region,
  };
}
