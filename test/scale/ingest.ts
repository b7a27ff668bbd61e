import { mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '@alexnet/core';
import { checkSpec, readManifest } from '@alexnet/datasets';
import { addDataset, followDataset, type Pipeline } from '@alexnet/pipeline';
import { tarOf } from '@alexnet/sources/testing';
import { photographs } from '../bench/photographs.ts';
import { startPipeline, startWorker } from '../bench/benchmarks/workers.ts';
import { markdownHead, markdownRow } from '../support/markdown.ts';

const CLASSES = 100;
const BLOCK = 512;
const WORKERS = 2;
/** Images after which each row of the table is printed. */
const EACH = 10_000;
/** Of the images: where a worker is killed. */
const KILLED_AT = 0.45;

/** A tar of so many photographs: each of the different ones many times, under names that differ. @returns its bytes */
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
  try {
    const source = path.join(folder, 'photographs.tar');
    const bytes = await writeTar(source, images);
    const store = path.join(folder, 'store');
    await mkdir(store);
    const started = await startPipeline({
      ...{ storeUrl: pathToFileURL(store).href, folder, workers: WORKERS },
      workerCores: undefined,
    });
    ({ pipeline } = started);
    const { environment, workerPids } = started;
    console.log(`${images} photographs in a tar of ${(bytes / 1e9).toFixed(1)} GB, ${WORKERS} workers\n`);
    const columns = workerPids.map((_, i) => `worker ${i + 1}, MiB`);
    console.log(markdownHead(['images', 'seconds', ...columns], () => true));
    const began = performance.now();
    const spec = checkSpec({ name: 'scale', source, valFraction: 0, seed: 1 });
    const asked = await addDataset(pipeline, spec);
    let next = 0;
    let killedAt: number | undefined;
    for await (const { imagesDone } of followDataset(pipeline, asked, new AbortController().signal)) {
      if (imagesDone >= next) {
        const memory = await Promise.all(workerPids.map(residentMiB));
        const seconds = ((performance.now() - began) / 1000).toFixed(0);
        console.log(markdownRow([String(imagesDone), seconds, ...memory.map(String)]));
        next += EACH;
      }
      if (killedAt === undefined && imagesDone >= images * KILLED_AT) {
        process.kill(workerPids[0] as number, 'SIGKILL');
        workerPids[0] = (await startWorker(environment, folder, WORKERS + 1)).pid;
        killedAt = imagesDone;
      }
    }
    const seconds = (performance.now() - began) / 1000;
    const { splits, digest } = await readManifest(pipeline.store, spec.name);
    const { count, shards } = splits.train;
    console.log(`\n${count} images in ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} a second.`);
    console.log(
      `A worker was killed at ${killedAt ?? 0} images; shards that were begun again: ${await begunAgain(pipeline)} of ${shards.length}.`,
    );
    console.log(`Digest ${digest}.`);
  } finally {
    await pipeline?.lifecycle.close();
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
