import { createRequire } from 'node:module';
import path from 'node:path';
import { createLogger, loadConfig } from '@alexnet/core';
import { KEEP_FREED_MEMORY, startProcess, startRedis, type RunningProcess } from '@alexnet/local';
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
}

/** A Redis of its own and real worker processes. They end with this process. */
export async function startPipeline(
  options: WorkerOptions,
): Promise<{ pipeline: Pipeline; environment: NodeJS.ProcessEnv; workerPids: number[] }> {
  const { storeUrl, folder, workers, workerCores } = options;
  const { cacheDir } = loadConfig();
  const redis = await startRedis({ cacheDir, dataDir: path.join(folder, 'redis'), appendOnly: false });
  const environment = { ...process.env, ...KEEP_FREED_MEMORY, REDIS_URL: redis.url, STORAGE_URL: storeUrl };
  const traces = await startTraces('bench', createLogger('bench', 'warn'));
  const pipeline = await openPipeline(loadConfig({ ...environment, ALEXNET_LOG_LEVEL: 'silent' }), {
    isTraced: traces !== undefined,
  });
  const workerPids: number[] = [];
  for (let number = 1; number <= workers; number++)
    workerPids.push((await startWorker(environment, folder, number, workerCores)).pid);
  return { pipeline, environment, workerPids };
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
export async function startWorkers(
  options: WorkerOptions,
): Promise<{ pipeline: Pipeline; spec: RunSpec; workerPids: number[] }> {
  const { pipeline, workerPids } = await startPipeline(options);
  const profile = resolveProfile('paper', []);
  const spec = await startRun(pipeline, { dataset: DATASET, run: RUN, profile, seed: 1, keep: 1 });
  await pipeline.queues.remove('runs', `${RUN}/train`);
  return { pipeline, spec, workerPids };
}
