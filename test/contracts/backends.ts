import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '@alexnet/core';
import type { RunningS3Server, S3ServerOptions } from '@alexnet/local';
import { openStore } from '@alexnet/storage';
import type { Backend } from './object-store.ts';

export const { cacheDir } = loadConfig();

async function temporaryFolder(): Promise<string> {
  return await mkdtemp(path.join(tmpdir(), 'alexnet contracts '));
}

export async function directoryBackend(): Promise<Backend> {
  const dataDir = await temporaryFolder();
  return {
    dataDir,
    open: (name) => openStore(pathToFileURL(path.join(dataDir, name)).href),
    stop: () => rm(dataDir, { recursive: true }),
  };
}

export async function s3Backend(
  start: (options: S3ServerOptions) => Promise<RunningS3Server>,
): Promise<Backend & { server: RunningS3Server }> {
  const dataDir = await temporaryFolder();
  const server = await start({ cacheDir, dataDir });
  return {
    dataDir,
    server,
    open: (name) =>
      openStore(`s3://${server.bucket}/${name}`, { s3Endpoint: server.endpoint, credentials: server }),
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Prints why tests that need a server program are skipped, where it is not there. */
export function isThere(name: string, found: unknown): boolean {
  if (found !== undefined) return true;
  console.warn(
    `skipped: ${name} is not there (node infra/local/dist/provision-main.js ${name.toLowerCase()})`,
  );
  return false;
}
