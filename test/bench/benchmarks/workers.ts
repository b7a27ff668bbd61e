import { createRequire } from 'node:module';
import path from 'node:path';
import { createLogger, loadConfig } from '@alexnet/core';
import {
  KEEP_FREED_MEMORY,
  startProcess,
  startRedis,
  type RunningProcess,
  type RunningRedis,
} from '@alexnet/local';
import { resolveProfile } from '@alexnet/model';
import { openPipeline, startRun, type Pipeline, type RunSpec } from '@alexnet/pipeline';
import { startTraces } from '@alexnet/telemetry';
import { DATASET } from './records.ts';

const require = createRequire(import.meta.url);
const REPORT_LOOPS = ['--import', new URL('report-loop.mjs', import.meta.url).href] as const;
/** Several share a store. */
const RUN = `bench-${process.pid}`;

export interface WorkerOptions {
  storeUrl: string;
  /** For what Redis writes, and logs. */
  folder: string;
  workers: number;
  /** Binds each worker to these cores, as taskset writes them; those of this process unless given. */
  workerCores: string | undefined;
  /** How slices travel. By TCP, as in a local stack, unless given. */
  slicesBy?: 'socket' | 'tcp';
}

/** A pipeline of processes that end with this one. */
export interface BenchPipeline {
  pipeline: Pipeline;
  environment: NodeJS.ProcessEnv;
  workerPids: number[];
  redisPids: { jobs: number; slices: number };
}

/** Two Redis servers of its own, as in a local stack, and real worker processes. */
export async function startPipeline(options: WorkerOptions): Promise<BenchPipeline> {
  const { storeUrl, folder, workers, workerCores, slicesBy = 'tcp' } = options;
  const { cacheDir } = loadConfig();
  const start = (name: string): Promise<RunningRedis> =>
    startRedis({
      cacheDir,
      dataDir: path.join(folder, name),
      appendOnly: false,
      unixSocket: slicesBy === 'socket',
    });
  const [jobs, slices] = [await start('redis'), await start('redis-slices')];
  const environment = {
    ...{ ...process.env, ...KEEP_FREED_MEMORY, STORAGE_URL: storeUrl, REDIS_URL: jobs.url },
    BATCH_REDIS_URL: slicesBy === 'socket' ? slices.socketUrl : slices.url,
  };
  const traces = await startTraces('bench', createLogger('bench', 'warn'));
  const pipeline = await openPipeline(loadConfig({ ...environment, ALEXNET_LOG_LEVEL: 'silent' }), {
    isTraced: traces !== undefined,
  });
  const workerPids: number[] = [];
  for (let number = 1; number <= workers; number++)
    workerPids.push((await startWorker(environment, folder, number, workerCores)).pid);
  return { pipeline, environment, workerPids, redisPids: { jobs: jobs.pid, slices: slices.pid } };
}

/** A worker for such a pipeline. It ends with this process. @param cores as taskset writes them */
export function startWorker(
  environment: NodeJS.ProcessEnv,
  folder: string,
  number: number,
  cores?: string,
): Promise<RunningProcess> {
  const program = [process.execPath, ...REPORT_LOOPS, require.resolve('@alexnet/preprocess/main')] as const;
  const [command, ...args] = cores === undefined ? program : (['taskset', '-c', cores, ...program] as const);
  return startProcess({
    name: `worker ${number}`,
    command,
    args,
    env: environment,
    logFile: path.join(folder, `worker-${number}.log`),
  });
}

/** A trainer for such a pipeline. It ends with this process. */
export function startTrainer(environment: NodeJS.ProcessEnv, folder: string): Promise<RunningProcess> {
  return startProcess({
    name: 'trainer',
    command: process.execPath,
    args: [...REPORT_LOOPS, require.resolve('@alexnet/trainer/main'), '--device', 'cpu'],
    env: environment,
    logFile: path.join(folder, 'trainer.log'),
  });
}

/** The same, and a run that is queued for no trainer: the process that asks for its slices takes its place. */
export async function startWorkers(options: WorkerOptions): Promise<BenchPipeline & { spec: RunSpec }> {
  const started = await startPipeline(options);
  const { pipeline } = started;
  const profile = resolveProfile('paper', []);
  const spec = await startRun(pipeline, { dataset: DATASET, run: RUN, profile, seed: 1, keep: 1 });
  await pipeline.queues.remove('runs', `${RUN}/train`);
  return { ...started, spec };
}
