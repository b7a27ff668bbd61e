/**
 * Redis: every queue name, job schema and key of the project, and the typed sending and consuming of jobs.
 */
export { redisAddress } from './redis/address.ts';
export { checkRedis } from './redis/check.ts';
export type { RedisRequirements } from './redis/check.ts';
export { openRedis } from './redis/open.ts';
export { readRedisMemory } from './redis/memory.ts';
export type { RedisMemory } from './redis/memory.ts';
export type { Redis } from 'ioredis';
export { datasetJobId, QUEUE_NAMES, QUEUES, runJobId, sliceJobId, Views } from './schemas.ts';
export type { JobData, QueueName, SliceAddress } from './schemas.ts';
export { parseJob, Queues } from './queues.ts';
export type { FailedJob, JobReport, JobState, TrainerJob } from './queues.ts';
export { consume, RequeueJob } from './consume.ts';
export type { ConsumeOptions, Consumer, EndedJob, HandledJob, Handlers, JobContext } from './consume.ts';
export { openJobTraces } from './job-traces.ts';
export type { JobTraces } from './job-traces.ts';
export { MachineFailure } from './machine-failures.ts';
export { shownJobData } from './shown-data.ts';
export { SLICE_LEASE_SECONDS, SliceStore } from './slice-store.ts';
export type { SliceArrivals, SliceReader } from './slice-store.ts';
export { agree, AGREEMENTS } from './agreement.ts';
export { LiveSteps, MOST_LIVE_ENTRIES } from './live-steps.ts';
export type { LiveEntry, LiveStep } from './live-steps.ts';
export { RunControl } from './run-control.ts';
export { Trainers } from './trainers.ts';
export { WorkerReports } from './worker-reports.ts';
export type { WorkerReport } from './worker-reports.ts';
