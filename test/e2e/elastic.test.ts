import { createRequire } from 'node:module';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '@alexnet/core';
import { startProcess, type RunningProcess } from '@alexnet/local';
import { addDataset, followDataset, openPipeline, startRun, stopRun, showRun } from '@alexnet/pipeline';
import type { Pipeline, RunStatus } from '@alexnet/pipeline';
import { resolveProfile } from '@alexnet/model';
import { drawShapes } from '../support/pictures.ts';

/**
 * One worker is too slow for the run, and not because the cores are used up: it decodes JPEGs of 512×512 in one thread,
 * for a small net on crops of 67×67 that computes in one thread too.
 */
const ONE_THREAD = { UV_THREADPOOL_SIZE: '1', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' };
const IMAGES = { valFraction: 0, seed: 1, shardSize: 64, side: 512, encoding: 'jpg' } as const;
const PROFILE = resolveProfile('demo', [
  ...['net.input=67', 'batchSize=32', 'sliceSize=16'],
  ...['epochs=100000', 'checkpointEvery=100000'],
]);
const MOST_WORKERS = 6;
const PATIENCE_MS = 180_000;

let folder: string;
let stack: RunningProcess;
let pipeline: Pipeline;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-elastic-'));
  stack = await startProcess({
    name: 'up',
    command: process.execPath,
    args: [
      createRequire(import.meta.url).resolve('@alexnet/cli/main'),
      ...['up', '--workers', 'auto', '--most-workers', String(MOST_WORKERS), '--device', 'cpu'],
    ],
    env: { ...process.env, ...ONE_THREAD },
    cwd: folder,
    logFile: path.join(folder, 'up.log'),
    killAfterMs: 60_000,
  });
  const file = path.join(folder, '.alexnet', 'stack.json');
  await until(async () => (await readFile(file, 'utf8').catch(() => '')) !== '');
  const { environment } = JSON.parse(await readFile(file, 'utf8')) as { environment: NodeJS.ProcessEnv };
  pipeline = await openPipeline(loadConfig({ ...process.env, ...environment }));
});
afterAll(async () => {
  await pipeline.lifecycle.close();
  await stack.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function until(reached: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await reached())) {
    await sleep(200);
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms:\n${await said()}`);
  }
}

const said = (): Promise<string> => readFile(path.join(folder, 'up.log'), 'utf8');
const alive = async (): Promise<number> => (await pipeline.workers.list()).length;

/** Every state that a run is seen in, until one is as wanted. */
async function watch(run: string, reached: (progress: RunStatus['progress']) => boolean): Promise<void> {
  await until(async () => {
    const { status, progress, error } = await showRun(pipeline, run);
    if (status === 'failed') throw new Error(`${run} failed: ${error?.message ?? ''}\n${await said()}`);
    return reached(progress);
  });
}

it('follows a run that one worker cannot feed, and goes down again when it ends', async () => {
  await until(async () => (await alive()) === 1);
  const source = await drawShapes(path.join(folder, 'shapes'), { train: 120, val: 0 });
  const asked = await addDataset(pipeline, { name: 'shapes', source, ...IMAGES });
  const phases: string[] = [];
  for await (const { phase } of followDataset(pipeline, asked, new AbortController().signal))
    phases.push(phase);
  expect(phases.at(-1)).toBe('done');
  await until(async () => (await alive()) === 1);

  await startRun(pipeline, { dataset: 'shapes', run: 'hungry', profile: PROFILE, seed: 1, keep: 1 });
  const lacked = new Set<number>();
  await watch('hungry', (progress) => {
    if (progress === null || progress.workersWanted === null) return false;
    const { workers, workersWanted, dataWaitFraction } = progress;
    if (dataWaitFraction > 0.05 && workersWanted > workers) lacked.add(workers);
    return workers > 1 && workersWanted <= workers && dataWaitFraction < 0.05;
  });
  expect([...lacked]).toContain(1);

  const log = await readFile(path.join(folder, '.alexnet', 'logs', 'trainer.log'), 'utf8');
  expect(log).toMatch(/"workersWanted":\d+,"msg":"input-bound: more workers are wanted"/);

  await stopRun(pipeline, 'hungry');
  await until(async () => (await alive()) === 1);
  const changes = (await said()).match(/^\d+ workers? in the place of \d+: .*$/gm);
  expect(changes).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^2 workers in the place of 1: hungry wants \d+, waiting for data \d+ %$/),
      expect.stringMatching(/^1 worker in the place of \d: nothing runs$/),
    ]),
  );
  // Those that are too many were asked to end, and none was taken for dead and started again.
  expect(await said()).not.toMatch(/starting it again/);
});
