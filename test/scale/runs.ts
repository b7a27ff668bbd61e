import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '@alexnet/core';
import { makeDataset } from '@alexnet/datasets/testing';
import { startMinio } from '@alexnet/local';
import { openPipeline, type Pipeline } from '@alexnet/pipeline';
import { startTestRedis } from '../support/redis.ts';
import { startConsole } from '../support/console-server.ts';
import { drawShapes } from '../support/pictures.ts';
import { addRun, saveCheckpoints } from '../support/saved-run.ts';

const LISTS = 50;
/** Longer than a console keeps the row of a run that nobody works on. */
const STALE_MS = 32_000;
/** Runs that are written at the same time. */
const WRITERS = 8;

/** How long a console takes to list so many runs of a MinIO over HTTP, all in one page. */
export async function runs(count: number): Promise<Record<string, string>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-scale-'));
  const { cacheDir } = loadConfig();
  const minio = await startMinio({ cacheDir, dataDir: path.join(folder, 'minio') });
  const redis = await startTestRedis();
  try {
    const config = {
      ...loadConfig({
        REDIS_URL: redis.url,
        STORAGE_URL: `s3://${minio.bucket}`,
        S3_ENDPOINT: minio.endpoint,
      }),
      s3Credentials: { accessKeyId: minio.accessKeyId, secretAccessKey: minio.secretAccessKey },
    };
    const pipeline = await openPipeline(config);
    try {
      await makeRuns(pipeline, path.join(folder, 'shapes'), count);
    } finally {
      await pipeline.lifecycle.close();
    }
    const server = await startConsole(config);
    try {
      return await timeLists(`${server.address}/api/v1/runs?limit=${count}`, count);
    } finally {
      await server.close();
    }
  } finally {
    await redis.close();
    await minio.stop();
    await rm(folder, { recursive: true });
  }
}

async function makeRuns(pipeline: Pipeline, pictures: string, count: number): Promise<void> {
  const source = await drawShapes(pictures, { train: 3, val: 1 });
  await makeDataset(pipeline.store, {
    ...{ name: 'd', source, valFraction: 0, seed: 1, shardSize: 8, side: 256 },
  });
  const names = Array.from({ length: count }, (_, i) => `run-${String(i).padStart(4, '0')}`);
  const write = async (): Promise<void> => {
    for (let run = names.pop(); run !== undefined; run = names.pop()) {
      await addRun(pipeline, run);
      await saveCheckpoints(pipeline, run);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

async function timeLists(address: string, count: number): Promise<Record<string, string>> {
  const list = async (): Promise<number> => {
    const began = performance.now();
    const { runs: listed } = (await (await fetch(address)).json()) as { runs: unknown[] };
    if (listed.length !== count) throw new Error(`${count} runs were expected, and ${listed.length} listed`);
    return performance.now() - began;
  };
  const shown = (milliseconds: number): string => `${milliseconds.toFixed(0)} ms`;
  const first = await list();
  const times: number[] = [];
  for (let each = 0; each < LISTS; each++) {
    times.push(await list());
    await sleep(100);
  }
  await sleep(STALE_MS);
  const stale = await list();
  times.sort((a, b) => a - b);
  return {
    runs: String(count),
    'right after the start of the console': shown(first),
    'again, median': shown(times[Math.floor(LISTS / 2)] ?? NaN),
    'again, slowest': shown(times.at(-1) ?? NaN),
    'after half a minute without a look': shown(stale),
  };
}
