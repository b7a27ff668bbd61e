import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@alexnet/core';
import { createBucket } from '@alexnet/storage';
import { expect, it } from 'vitest';
import { findMinio, findVersitygw } from './go-programs.ts';
import { startMinio, startVersitygw } from './s3-servers.ts';

const { cacheDir } = loadConfig();

it.each([
  ['MinIO', findMinio, startMinio],
  ['versitygw', findVersitygw, startVersitygw],
] as const)('%s starts with a bucket, refuses other credentials and stops', async (name, find, start) => {
  if ((await find(cacheDir)) === undefined) {
    console.warn(
      `skipped: ${name} is not built (node infra/local/dist/provision-main.js ${name.toLowerCase()})`,
    );
    return;
  }
  const dataDir = await mkdtemp(path.join(tmpdir(), 'alexnet s3 '));
  const server = await start({ cacheDir, dataDir });
  expect(await readdir(path.join(dataDir, 'objects'))).toContain('alexnet');
  expect(await createBucket({ endpoint: server.endpoint, bucket: 'second', credentials: server })).toBe(true);
  const wrong = { ...server, secretAccessKey: 'wrong' };
  expect(await createBucket({ endpoint: server.endpoint, bucket: 'third', credentials: wrong })).toBe(false);
  expect(await createBucket({ endpoint: server.endpoint, bucket: 'second', credentials: server })).toBe(true);
  await server.stop();
  await expect(fetch(server.endpoint)).rejects.toThrow('fetch failed');
  await rm(dataDir, { recursive: true });
});
