import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@alexnet/core';
import { startRedis } from '@alexnet/local';
import { openRedis, type Redis } from '@alexnet/redis';

/** A Redis server of a test file's own, and a connection to it. Close it. */
export interface TestRedis {
  url: string;
  redis: Redis;
  close: () => Promise<void>;
}

export async function startTestRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-redis-'));
  const server = await startRedis({ cacheDir: loadConfig().cacheDir, dataDir: folder, appendOnly: false });
  const redis = await openRedis(server.url);
  return {
    url: server.url,
    redis,
    async close() {
      redis.disconnect();
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}
