import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '@alexnet/core';
import { provisionMinio, provisionVersitygw } from './go-programs.ts';
import { withPort } from './ports.ts';
import { startProcess, waitUntilReady, type ProcessExit } from './process.ts';
import { createBucket, type S3Credentials } from './s3-bucket.ts';

export interface S3ServerOptions {
  cacheDir: string;
  /** Its objects and log; made if missing. One server per folder. */
  dataDir: string;
  /** A free one unless given. */
  port?: number;
  log?: Logger;
  /** Called when the server ends without having been asked to. */
  onExit?: (exit: ProcessExit) => void;
}

export interface RunningS3Server extends S3Credentials {
  endpoint: string;
  /** Created already. */
  bucket: string;
  pid: number;
  stop(): Promise<void>;
}

interface Launch {
  name: string;
  command: string;
  args: (address: string, objects: string) => string[];
  env: (credentials: S3Credentials) => NodeJS.ProcessEnv;
}

const BUCKET = 'alexnet';

/**
 * Starts MinIO on the loopback interface with random credentials and one bucket. It ends with this process.
 * @throws S3_BINARY_MISSING, PROVISION_FAILED, PROCESS_FAILED
 */
export async function startMinio(options: S3ServerOptions): Promise<RunningS3Server> {
  const { file } = await provisionMinio({ cacheDir: options.cacheDir });
  return await start(options, {
    name: 'MinIO',
    command: file,
    args: (address, objects) => ['server', '--quiet', '--address', address, objects],
    env: ({ accessKeyId, secretAccessKey }) => ({
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    }),
  });
}

/** Starts the Versity gateway over a folder, for tests. Throws like {@link startMinio}. */
export async function startVersitygw(options: S3ServerOptions): Promise<RunningS3Server> {
  const { file } = await provisionVersitygw({ cacheDir: options.cacheDir });
  return await start(options, {
    name: 'versitygw',
    command: file,
    args: (address, objects) => ['--quiet', '--port', address, 'posix', objects],
    env: ({ accessKeyId, secretAccessKey }) => ({
      ROOT_ACCESS_KEY: accessKeyId,
      ROOT_SECRET_KEY: secretAccessKey,
    }),
  });
}

async function start(options: S3ServerOptions, launch: Launch): Promise<RunningS3Server> {
  const { name, command } = launch;
  const objects = path.resolve(options.dataDir, 'objects');
  const logFile = path.resolve(options.dataDir, `${name.toLowerCase()}.log`);
  await mkdir(objects, { recursive: true });
  return await withPort(options.port, async (port) => {
    const address = `127.0.0.1:${port}`;
    const endpoint = `http://${address}`;
    const credentials = {
      accessKeyId: `alexnet${randomBytes(6).toString('hex')}`,
      secretAccessKey: randomBytes(20).toString('hex'),
    };
    const running = await startProcess({
      name,
      command,
      args: launch.args(address, objects),
      env: { ...process.env, ...launch.env(credentials) },
      logFile,
      ...(options.onExit === undefined ? {} : { onExit: options.onExit }),
    });
    await waitUntilReady(running, { name, logFile }, () => createBucket(endpoint, BUCKET, credentials));
    options.log?.info({ pid: running.pid, port }, `${name} runs`);
    const { pid } = running;
    return { endpoint, ...credentials, bucket: BUCKET, pid, stop: () => running.stop() };
  });
}
