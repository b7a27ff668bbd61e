/**
 * Every queue with the schemas of its jobs, the typed sending and consuming of jobs, and what processes tell each other
 * through the Redis of the queues. The only importer of BullMQ.
 */
export { datasetJobId, QUEUE_NAMES, QUEUES, runJobId } from './schemas.ts';
export type { JobData, QueueName } from './schemas.ts';
export { JOBS } from './permissions.ts';
export { parseJob, Queues } from './queues.ts';
export type { FailedJob, JobReport, JobState, TrainerJob } from './queues.ts';
export { consume, RequeueJob } from './consume.ts';
export type { ConsumeOptions, Consumer, EndedJob, HandledJob, Handlers, JobContext } from './consume.ts';
export { openJobTraces } from './job-traces.ts';
export type { JobTraces } from './job-traces.ts';
export { MachineFailure } from './machine-failures.ts';
export { shownJobData } from './shown-data.ts';
export { agree, AGREEMENTS } from './agreement.ts';
export { LiveSteps, MOST_LIVE_ENTRIES } from './live-steps.ts';
export type { LiveEntry, LiveStep } from './live-steps.ts';
export { RunControl } from './run-control.ts';
export { Trainers } from './trainers.ts';
export { WorkerReports } from './worker-reports.ts';
export type { WorkerReport } from './worker-reports.ts';
