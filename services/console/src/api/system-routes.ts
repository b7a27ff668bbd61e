import { readPipelineStatus } from '@alexnet/pipeline';
import { QUEUE_NAMES } from '@alexnet/queues';
import { asFailure } from '../errors.ts';
import type { Parts, Server } from './parts.ts';
import { FailedJobs, Session, SystemStatus } from './schemas.ts';
import { isoTime } from '../runs/run-row.ts';

/** Of each queue, the newest. */
const MOST_FAILED = 100;

/** What the pipeline consists of and does. */
export function systemRoutes(server: Server, { backend, version }: Parts): void {
  server.get(
    '/session',
    { schema: { tags: ['system'], summary: 'Who asks, and what', response: { 200: Session } } },
    ({ hasToken }) => ({ version, store: backend.store.url, canChange: hasToken }),
  );

  server.get(
    '/status',
    {
      schema: {
        tags: ['system'],
        summary: 'Redis, workers, trainers and queues',
        response: { 200: SystemStatus },
      },
    },
    async () => {
      const status = await backend.ask(({ redis, queues }) =>
        readPipelineStatus(backend.config, { redis, queues }),
      );
      const queues = await backend.ask(({ queues: all }) =>
        Promise.all(
          QUEUE_NAMES.map(async (name) => ({
            name,
            ...(await all.counts(name)),
            failed: await all.countFailed(name),
          })),
        ),
      );
      return {
        store: backend.store.url,
        redisError: status === undefined && backend.redisError ? asFailure(backend.redisError) : null,
        redis: (status?.redis ?? []).map(({ address, uses, memory }) => ({
          ...{ address, uses },
          usedBytes: memory?.used ?? null,
          maxBytes: memory?.limit ?? null,
        })),
        workers: (status?.workers ?? []).map(({ busyFraction, eventLoopDelaySeconds, ...worker }) => ({
          ...worker,
          busy: busyFraction,
          eventLoopDelay: eventLoopDelaySeconds,
        })),
        trainers: status?.trainers ?? null,
        trainerJobs: (status?.trainerJobs ?? []).map(({ run, job, state }) => ({ run, job, state })),
        queues: queues ?? [],
      };
    },
  );

  server.get(
    '/jobs/failed',
    {
      schema: {
        tags: ['system'],
        summary: 'The newest jobs that failed, with code, cause and remedy',
        response: { 200: FailedJobs },
      },
    },
    async () => {
      const jobs = await backend.ask(({ queues }) =>
        Promise.all(QUEUE_NAMES.map((queue) => queues.failed(queue, MOST_FAILED))),
      );
      if (jobs === undefined) throw backend.noRedis;
      return {
        jobs: jobs.flat().map(({ failedAt, error, ...job }) => ({
          ...job,
          failedAt: failedAt === undefined ? null : isoTime(failedAt),
          error: asFailure(error),
        })),
      };
    },
  );
}
