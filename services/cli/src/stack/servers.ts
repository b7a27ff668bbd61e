import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeFolder, type AlexnetError, type Lifecycle } from '@alexnet/core';
import { startMinio, startRedis, type FileLock, type ProcessExit, type ServerOptions } from '@alexnet/local';
import type { StackEnvironment } from './stack-file.ts';
import { Supervised } from './supervisor.ts';

export interface ServersOptions {
  cacheDir: string;
  folder: string;
  /** That of the stack. When this process is gone, the servers run on until the services let go of it. */
  lock: FileLock;
  lifecycle: Lifecycle;
  note: (line: string) => void;
  /** Says what is being waited for. */
  say: (line: string) => void;
  onFatal: (error: AlexnetError) => void;
  signal: AbortSignal;
}

/** Longer than a server takes to end whose stack was killed. */
const PREDECESSOR_MS = 15_000;

/** Two servers: jobs must survive a restart, and slices, which are made again, would only fill its log. */
export async function startQueues(options: ServersOptions): Promise<StackEnvironment> {
  options.say('starting Redis');
  return {
    REDIS_URL: await keepRedis('redis', true, options),
    BATCH_REDIS_URL: await keepRedis('redis-slices', false, options),
  };
}

export async function openStorage(
  s3: 'directory' | 'minio',
  options: ServersOptions,
): Promise<StackEnvironment> {
  if (s3 === 'directory') {
    const store = path.join(options.folder, 'store');
    makeFolder(store);
    return { STORAGE_URL: pathToFileURL(store).href };
  }
  options.say('starting MinIO');
  let first: Awaited<ReturnType<typeof startMinio>> | undefined;
  await keep('minio', 'minio.log', options, async (server) => {
    const port = first === undefined ? undefined : Number(new URL(first.endpoint).port);
    const minio = await startMinio({ ...server, port, credentials: first });
    first ??= minio;
    return minio;
  });
  if (first === undefined) throw new Error('a server that started is not there');
  return {
    STORAGE_URL: `s3://${first.bucket}`,
    S3_ENDPOINT: first.endpoint,
    AWS_ACCESS_KEY_ID: first.accessKeyId,
    AWS_SECRET_ACCESS_KEY: first.secretAccessKey,
  };
}

async function keepRedis(name: string, appendOnly: boolean, options: ServersOptions): Promise<string> {
  let url: string | undefined;
  await keep(name, 'redis.log', options, async (server) => {
    const { port, password } = url === undefined ? {} : addressOf(url);
    const redis = await startRedis({ ...server, appendOnly, port, password });
    url = redis.url;
    return redis;
  });
  if (url === undefined) throw new Error('a server that started is not there');
  return url;
}

function addressOf(url: string): { port: number; password: string } {
  const { port, password } = new URL(url);
  return { port: Number(port), password: decodeURIComponent(password) };
}

/** Starts a server, and again at the same place when it ends by itself: its clients connect again. */
async function keep(
  name: string,
  logName: string,
  { cacheDir, folder, lock, lifecycle, note, say, onFatal, signal }: ServersOptions,
  start: (options: ServerOptions) => Promise<{ stop(): Promise<void> }>,
): Promise<void> {
  const dataDir = path.join(folder, name);
  const server = await Supervised.keep({
    ...{ name, note, onFatal },
    logFile: path.join(dataDir, logName),
    start: (onExit: (exit: ProcessExit) => void) =>
      start({
        ...{ cacheDir, dataDir, onExit, signal, onProgress: say },
        waitMs: PREDECESSOR_MS,
        outlives: lock.file,
      }),
  });
  lifecycle.onClose(name, () => server.stop());
}
