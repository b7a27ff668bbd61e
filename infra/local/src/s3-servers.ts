import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { makeFolder } from '@alexnet/core';
import { createBucket, type BucketPlace } from '@alexnet/storage';
import { inDataFolder } from './data-folder.ts';
import { provisionMinio, provisionVersitygw } from './go-programs.ts';
import { withPort } from './ports.ts';
import type { ServerOptions } from './programs.ts';
import { waitUntilReady } from './ready.ts';

type S3Credentials = BucketPlace['credentials'];

export interface S3ServerOptions extends ServerOptions {
  /** Random unless given. */
  credentials?: S3Credentials | undefined;
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
 * @throws S3_BINARY_MISSING, PROVISION_FAILED, PROCESS_FAILED; STACK_RUNNING where another server uses the folder;
 *   FOLDER_UNUSABLE, PERMISSION_DENIED
 */
export async function startMinio(options: S3ServerOptions): Promise<RunningS3Server> {
  const { file } = await provisionMinio(options);
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
  const { file } = await provisionVersitygw(options);
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
  const { log, signal, credentials = randomCredentials() } = options;
  const objects = path.resolve(options.dataDir, 'objects');
  const logFile = path.resolve(options.dataDir, `${name.toLowerCase()}.log`);
  return await inDataFolder(name, options, (startServer) => {
    makeFolder(objects);
    return withPort(options.port, async (port) => {
      const address = `127.0.0.1:${port}`;
      const endpoint = `http://${address}`;
      const env = { ...process.env, ...launch.env(credentials) };
      const running = await startServer({ command, args: launch.args(address, objects), env, logFile });
      await waitUntilReady(running, { name, logFile, signal }, () =>
        createBucket({ endpoint, bucket: BUCKET, credentials }),
      );
      log?.info({ pid: running.pid, port }, `${name} runs`);
      const { pid } = running;
      return { endpoint, ...credentials, bucket: BUCKET, pid, stop: () => running.stop() };
    });
  });
}

const randomCredentials = (): S3Credentials => ({
  accessKeyId: `alexnet${randomBytes(6).toString('hex')}`,
  secretAccessKey: randomBytes(20).toString('hex'),
});
