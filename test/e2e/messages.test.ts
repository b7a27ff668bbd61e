import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawShapes } from '../support/pictures.ts';
import { minioIsThere, TestPipeline, type CommandResult } from '../support/pipeline.ts';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
});
afterAll(() => pipeline.close());

/** One screen: the code, what was expected, what came, what to do; no stack trace. */
function expectMessage({ code, stdout, stderr }: CommandResult, exitCode: number, errorCode: string): string {
  const text = stripVTControlCharacters(stderr);
  expect([code, stdout], text).toEqual([exitCode, '']);
  expect(text).toMatch(new RegExp(`${errorCode} [^]*expected [^]*got [^]*do `));
  expect(text).not.toMatch(/^\s+at /m);
  expect(text.split('\n').length).toBeLessThan(24);
  return text;
}

describe('what can go wrong is said on one screen', () => {
  it('a misspelt key of --set', async () => {
    const text = expectMessage(
      await pipeline.alexnet(['train', '--dataset', 'shapes', '--set', 'optimiser.lr=1']),
      ...([2, 'CONFIG_UNKNOWN_KEY'] as const),
    );
    expect(text).toContain('optimizer.learningRate');
  });

  it('an unknown option, and an unknown command', async () => {
    for (const args of [['train', '--dataset', 'x', '--epoch', '3'], ['trian']]) {
      const { code, stderr } = await pipeline.alexnet(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/unknown (option|command)/);
    }
  });

  it('an unknown dataset', async () => {
    expectMessage(await pipeline.alexnet(['train', '--dataset', 'nothing']), 1, 'DATASET_NOT_FOUND');
  });

  it('a Redis that does not answer', async () => {
    const text = expectMessage(
      await pipeline.alexnet(['run', 'resume', 'x'], { REDIS_URL: 'redis://:secret@127.0.0.1:1' }),
      ...([1, 'REDIS_UNREACHABLE'] as const),
    );
    expect(text).toContain('127.0.0.1:1');
    expect(text).not.toContain('secret');
  });

  it('a wrong Redis password', async () => {
    const url = new URL(pipeline.environment['REDIS_URL'] ?? '');
    url.password = 'wrong';
    const text = expectMessage(
      await pipeline.alexnet(['run', 'resume', 'x'], { REDIS_URL: url.href }),
      1,
      'REDIS_DENIED',
    );
    expect(text).not.toContain('wrong@');
  });

  it('a Redis that would evict jobs', async () => {
    const { redis } = await pipeline.library();
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      expectMessage(await pipeline.alexnet(['run', 'resume', 'x']), 1, 'REDIS_UNSUITABLE');
    } finally {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  it('a Redis that has no room for a window', async () => {
    const { redis } = await pipeline.library();
    await redis.config('SET', 'maxmemory', '500mb');
    try {
      const text = expectMessage(await pipeline.alexnet(['run', 'resume', 'x']), 1, 'REDIS_UNSUITABLE');
      expect(text).toContain('ALEXNET_WINDOW_BYTES');
      const smaller = { ALEXNET_WINDOW_BYTES: String(256 * 1024 ** 2) };
      expectMessage(await pipeline.alexnet(['run', 'resume', 'x'], smaller), 1, 'RUN_NOT_FOUND');
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
  });

  it('an unknown ALEXNET_ variable', async () => {
    expectMessage(
      await pipeline.alexnet(['run', 'list'], { ALEXNET_LOGLEVEL: 'debug' }),
      2,
      'CONFIG_UNKNOWN_KEY',
    );
  });

  it('JSON asked for: one document on stdout', async () => {
    const { code, stdout } = await pipeline.alexnet(['dataset', 'show', 'nothing', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'DATASET_NOT_FOUND' } });
  });
});

if (!minioIsThere)
  console.warn('skipped: wrong S3 keys; no MinIO on PATH or in the cache, and no Go to build it with');
it.runIf(minioIsThere)('wrong S3 keys are said on one screen, without the keys', async () => {
  const minio = await TestPipeline.start('minio');
  try {
    const result = await minio.alexnet(['run', 'list'], { AWS_SECRET_ACCESS_KEY: 'not-the-key' });
    expect(expectMessage(result, 1, 'STORAGE_DENIED')).not.toContain('not-the-key');
  } finally {
    await minio.close();
  }
});

/** A file system of 8 MiB, where this user may mount one. */
function mountSmall(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it('a full disk fails the dataset job with its reason and leaves nothing half-written', async ({ skip }) => {
  // A queue of its own: the other one has agreed on another store.
  const small = await TestPipeline.start();
  const disk = path.join(small.folder, 'small-disk');
  await mkdir(disk);
  if (!mountSmall(disk)) {
    console.warn('skipped: a full disk; mounting a small file system needs root');
    await small.close();
    skip();
  }
  try {
    const pictures = await drawShapes(path.join(small.folder, 'shapes'), { train: 24, val: 0 });
    small.environment['STORAGE_URL'] = pathToFileURL(disk).href;
    await small.worker();
    const result = await small.alexnet(['dataset', 'add', pictures, '--name', 'large', '--follow']);
    const text = stripVTControlCharacters(result.stderr);
    expect([result.code, text]).toEqual([1, expect.stringMatching(/DISK_FULL [^]*expected [^]*got [^]*do /)]);
    const files = (await readdir(disk, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    const kept = files.map((file) => path.relative(disk, path.join(file.parentPath, file.name)));
    // The claim and the plan are whole and make a second try go on; of the shard there is nothing, under no name.
    const others = kept.filter((file) => !file.startsWith('datasets/large/plan/'));
    expect(others.sort()).toEqual(['datasets/large/claim.json', 'store.json']);
  } finally {
    // The worker keeps the store open.
    execFileSync('umount', ['--lazy', disk]);
    await small.close();
  }
});
