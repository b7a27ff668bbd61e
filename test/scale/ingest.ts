import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '@alexnet/core';
import { checkSpec, readManifest } from '@alexnet/datasets';
import { KEEP_FREED_MEMORY, startProcess, startRedis, type RunningProcess } from '@alexnet/local';
import { addDataset, followDataset, openPipeline, type Pipeline } from '@alexnet/pipeline';
import { tarOf } from '@alexnet/sources/testing';
import { photographs } from '../bench/photographs.ts';
import { markdownHead, markdownRow } from '../support/markdown.ts';

const CLASSES = 100;
const BLOCK = 512;
const WORKERS = 2;
/** Images after which each row of the table is printed. */
const EACH = 10_000;
/** Of the images: where a worker is killed. */
const KILLED_AT = 0.45;

/** A tar of so many photographs, each of some twenty times as many as there are different ones. */
async function writeTar(place: string, images: number): Promise<number> {
  const { cacheDir } = loadConfig();
  const folder = await photographs(cacheDir, (line) => console.error(line));
  const bodies = await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name))));
  const file = await open(place, 'w');
  let bytes = 0;
  try {
    for (let image = 0; image < images; image++) {
      const body = bodies[image % bodies.length] as Buffer;
      const name = `class-${String(image % CLASSES).padStart(3, '0')}/${image}.jpg`;
      const padded = Buffer.alloc(Math.ceil(body.length / BLOCK) * BLOCK);
      body.copy(padded);
      const entry = Buffer.concat([
        tarOf([{ name, size: body.length }], Buffer.alloc(0)).subarray(0, BLOCK),
        padded,
      ]);
      await file.write(entry);
      bytes += entry.length;
    }
    await file.write(Buffer.alloc(2 * BLOCK));
  } finally {
    await file.close();
  }
  return bytes + 2 * BLOCK;
}

/** Resident memory of a process, in MiB. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  return Math.round(Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) / 1024);
}

/** Makes a dataset of so many photographs out of one tar, and prints as it goes how much memory the workers take. */
export async function ingest(images: number): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-scale-'));
  let pipeline: Pipeline | undefined;
  const workers: RunningProcess[] = [];
  try {
    const source = path.join(folder, 'photographs.tar');
    const bytes = await writeTar(source, images);
    const storeUrl = pathToFileURL(path.join(folder, 'store')).href;
    await mkdir(path.join(folder, 'store'));
    const { cacheDir } = loadConfig();
    const redis = await startRedis({ cacheDir, dataDir: path.join(folder, 'redis'), appendOnly: false });
    const env = { ...process.env, ...KEEP_FREED_MEMORY, REDIS_URL: redis.url, STORAGE_URL: storeUrl };
    pipeline = await openPipeline(loadConfig({ ...env, ALEXNET_LOG_LEVEL: 'silent' }));
    const start = async (): Promise<RunningProcess> =>
      await startProcess({
        name: `worker ${workers.length + 1}`,
        command: process.execPath,
        args: [new URL(import.meta.resolve('@alexnet/preprocess/main')).pathname],
        env,
        logFile: path.join(folder, `worker-${workers.length + 1}.log`),
      });
    for (let number = 0; number < WORKERS; number++) workers.push(await start());
    console.log(`${images} photographs in a tar of ${(bytes / 1e9).toFixed(1)} GB, ${WORKERS} workers\n`);
    console.log(
      markdownHead(['images', 'seconds', ...workers.map((_, i) => `worker ${i + 1}, MiB`)], () => true),
    );
    const began = performance.now();
    const spec = checkSpec({ name: 'scale', source, valFraction: 0, seed: 1 });
    const asked = await addDataset(pipeline, spec);
    let next = 0;
    let killed: { number: number; at: number } | undefined;
    const mostImages = { done: 0 };
    for await (const { imagesDone } of followDataset(pipeline, asked, new AbortController().signal)) {
      mostImages.done = Math.max(mostImages.done, imagesDone);
      if (imagesDone >= next) {
        const memory = await Promise.all(workers.map(({ pid }) => residentMiB(pid)));
        const seconds = ((performance.now() - began) / 1000).toFixed(0);
        console.log(markdownRow([String(imagesDone), seconds, ...memory.map(String)]));
        next += EACH;
      }
      if (killed === undefined && imagesDone >= images * KILLED_AT) {
        const victim = workers[0] as RunningProcess;
        process.kill(victim.pid, 'SIGKILL');
        await victim.exited;
        workers[0] = await start();
        killed = { number: 1, at: imagesDone };
      }
    }
    const seconds = (performance.now() - began) / 1000;
    const { splits, digest } = await readManifest(pipeline.store, spec.name);
    const again = await begunAgain(pipeline);
    console.log(
      `\n${splits.train.count} images in ${seconds.toFixed(0)} s, ${(splits.train.count / seconds).toFixed(0)} a second.`,
    );
    console.log(
      `A worker was killed at ${killed?.at ?? 0} images; shards that were begun again: ${again} of ${splits.train.shards.length}.`,
    );
    console.log(`Digest ${digest}.`);
  } finally {
    await pipeline?.lifecycle.close();
    await Promise.all(workers.map((worker) => worker.stop()));
    await rm(folder, { recursive: true });
  }
}

/** Jobs of shards that more than one worker has begun: BullMQ counts it in each job. */
async function begunAgain({ redis }: Pipeline): Promise<number> {
  let again = 0;
  for await (const keys of redis.scanStream({ match: '*:datasets:*', type: 'hash' }) as AsyncIterable<
    string[]
  >) {
    for (const key of keys) {
      const [name, starts] = await redis.hmget(key, 'name', 'ats');
      if (name === 'shard' && Number(starts) > 1) again++;
    }
  }
  return again;
}
