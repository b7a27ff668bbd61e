import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Lifecycle, type Config } from '@alexnet/core';
import { startMinio, startRedis } from '@alexnet/local';
import { removeStackFile, writeStackFile } from './file.ts';
import type { StackEnvironment } from './file.ts';
import { serviceEnvironment, serviceProgram } from './services.ts';
import { Supervised } from './supervisor.ts';
import { WorkerPool } from './workers.ts';

export interface StackOptions {
  config: Config;
  /** Where data, logs and stack.json go. */
  folder: string;
  /** How many to begin with. */
  workers: number;
  s3: 'directory' | 'minio';
  device: 'auto' | 'cpu' | 'gpu';
  note: (line: string) => void;
}

export interface Stack {
  readonly environment: Readonly<StackEnvironment>;
  readonly workers: WorkerPool;
  close(): Promise<void>;
}

const CLOSE_DEADLINE_MS = 40_000;

/**
 * Starts Redis, an object store, workers and a trainer on this machine, all on the loopback interface. They end with
 * this process, however it ends.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const lifecycle = new Lifecycle();
  try {
    return await start(options, lifecycle);
  } catch (error) {
    await lifecycle.close(CLOSE_DEADLINE_MS);
    throw error;
  }
}

async function start(
  { config, folder, workers, s3, device, note }: StackOptions,
  lifecycle: Lifecycle,
): Promise<Stack> {
  const environment = {
    ...(await startQueues(config, folder, lifecycle)),
    ...(await openStorage(s3, config, folder, lifecycle)),
  };
  Object.assign(process.env, environment);
  writeStackFile(folder, environment);
  lifecycle.onClose('stack.json', () => removeStackFile(folder));

  const logs = path.join(folder, 'logs');
  const supervise = (
    name: string,
    service: 'preprocess' | 'trainer',
    ...args: string[]
  ): Promise<Supervised> =>
    Supervised.start({
      name,
      command: process.execPath,
      args: [serviceProgram(service), ...args],
      env: serviceEnvironment(),
      logFile: path.join(logs, `${name}.log`),
      note,
    });
  const pool = new WorkerPool((name) => supervise(name, 'preprocess'));
  lifecycle.onClose('workers', () => pool.close());
  await pool.resize(workers);
  const trainer = await supervise('trainer', 'trainer', '--device', device);
  lifecycle.onClose('trainer', () => trainer.stop());
  return { environment, workers: pool, close: () => lifecycle.close(CLOSE_DEADLINE_MS) };
}

/** Two servers: jobs must survive a restart, and slices, which are made again, would only fill its log. */
async function startQueues(
  { cacheDir }: Config,
  folder: string,
  lifecycle: Lifecycle,
): Promise<StackEnvironment> {
  const jobs = await startRedis({ cacheDir, dataDir: path.join(folder, 'redis') });
  lifecycle.onClose('redis', () => jobs.stop());
  const slices = await startRedis({
    cacheDir,
    dataDir: path.join(folder, 'redis-slices'),
    appendOnly: false,
  });
  lifecycle.onClose('redis for slices', () => slices.stop());
  return { REDIS_URL: jobs.url, BATCH_REDIS_URL: slices.url };
}

async function openStorage(
  s3: StackOptions['s3'],
  { cacheDir }: Config,
  folder: string,
  lifecycle: Lifecycle,
): Promise<StackEnvironment> {
  if (s3 === 'directory') {
    const store = path.join(folder, 'store');
    await mkdir(store, { recursive: true });
    return { STORAGE_URL: pathToFileURL(store).href };
  }
  const minio = await startMinio({ cacheDir, dataDir: path.join(folder, 'minio') });
  lifecycle.onClose('minio', () => minio.stop());
  return {
    STORAGE_URL: `s3://${minio.bucket}`,
    S3_ENDPOINT: minio.endpoint,
    AWS_ACCESS_KEY_ID: minio.accessKeyId,
    AWS_SECRET_ACCESS_KEY: minio.secretAccessKey,
  };
}
