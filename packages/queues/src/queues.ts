import { FlowProducer, Queue, type Job } from 'bullmq';
import type { ZodType } from 'zod';
import { AlexnetError, messageOf, type Logger } from '@alexnet/core';
import { JOB_OPTIONS } from './job-options.ts';
import { logRedisError, type Redis } from '@alexnet/redis';
import type { JobTraces } from './job-traces.ts';
import { sliceJobId, type SliceAddress } from '@alexnet/tensor-store';
import { datasetJobId, QUEUES, runJobId } from './schemas.ts';
import type { JobData, JobName, QueueName } from './schemas.ts';

export const PREFIX = 'alexnet';
const DATA_LIMIT_BYTES = 4096;
const UNFINISHED = ['active', 'waiting', 'prioritized', 'delayed', 'waiting-children'] as const;

export type JobState = 'waiting' | 'active' | 'completed' | 'failed' | 'absent';

export interface JobReport {
  state: JobState;
  progress: unknown;
  result: unknown;
  error: AlexnetError | undefined;
}

/** A job of the queue for trainers. */
export interface TrainerJob {
  run: string;
  job: JobName<'runs'>;
  state: 'active' | 'waiting';
  progress: unknown;
}

/** A job that failed for good. */
export interface FailedJob {
  queue: QueueName;
  id: string;
  name: string;
  /** Milliseconds since 1970. */
  failedAt: number | undefined;
  attempts: number;
  error: AlexnetError;
}

/**
 * Checks the data of a job against the schema of its queue: on sending and again on receiving.
 * @throws JOB_INVALID
 */
export function parseJob<Q extends QueueName, J extends JobName<Q>>(
  queue: Q,
  job: J,
  data: unknown,
): JobData<Q, J> {
  const schemas: Record<string, ZodType | undefined> = QUEUES[queue];
  const schema = Object.hasOwn(schemas, job) ? schemas[job] : undefined;
  // The size first: going into data that is nested very deeply would overflow the stack.
  const bytes = jsonBytes(data);
  const parsed = bytes <= DATA_LIMIT_BYTES ? schema?.safeParse(data) : undefined;
  if (parsed?.success === true) return parsed.data as JobData<Q, J>;
  throw new AlexnetError('JOB_INVALID', {
    expected: `a job "${job}" on the queue "${queue}" with data of its schema, at most ${DATA_LIMIT_BYTES} bytes`,
    actual:
      parsed === undefined
        ? schema === undefined
          ? 'a job of no such name'
          : `${bytes} bytes`
        : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    remedy: 'Sender and receiver may be of different versions: run the same one everywhere.',
  });
}

/** Bytes of data as JSON; infinite where it is nested too deeply to be written. */
function jsonBytes(data: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(data ?? null));
  } catch {
    return Infinity;
  }
}

/** Sends jobs, and tells how they fare. */
export class Queues {
  readonly #queues: { [Q in QueueName]: Queue };
  readonly #flow: FlowProducer;

  /**
   * @param log for what BullMQ cannot tell a caller; without one it is not told
   * @param traces that jobs carry
   */
  constructor(redis: Redis, log?: Logger, traces?: JobTraces) {
    const telemetry = traces && { telemetry: traces };
    // Without a listener BullMQ prints the stack.
    const onError = (error: Error): void => logRedisError(log, error, {}, 'connection of the queues');
    const open = (queue: QueueName): Queue =>
      new Queue(queue, {
        connection: redis,
        prefix: PREFIX,
        ...telemetry,
        defaultJobOptions: { ...JOB_OPTIONS[queue], sizeLimit: DATA_LIMIT_BYTES },
      }).on('error', onError);
    this.#queues = {
      datasets: open('datasets'),
      slices: open('slices'),
      runs: open('runs'),
      notifications: open('notifications'),
    };
    this.#flow = new FlowProducer({ connection: redis, prefix: PREFIX, ...telemetry }).on('error', onError);
  }

  /** The queues of BullMQ themselves, for a page that shows every job. */
  get ofBullMq(): readonly Queue[] {
    return Object.values(this.#queues);
  }

  async planDataset(data: JobData<'datasets', 'plan'>): Promise<void> {
    await this.#send('datasets', 'plan', data, datasetJobId.plan(data.dataset, data.addition));
  }

  /** One job for each shard and one that waits for them all, added together or not at all. Idempotent. */
  async fillDataset(
    shards: readonly JobData<'datasets', 'shard'>[],
    finish: JobData<'datasets', 'finish'>,
  ): Promise<void> {
    const finishId = datasetJobId.finish(finish.dataset, finish.addition);
    if ((await this.#queues.datasets.getJob(finishId)) !== undefined) return;
    await this.#flow.add({
      name: 'finish',
      queueName: 'datasets',
      data: parseJob('datasets', 'finish', finish),
      opts: { ...JOB_OPTIONS.datasets, jobId: finishId },
      children: shards.map((shard) => ({
        name: 'shard',
        queueName: 'datasets',
        data: parseJob('datasets', 'shard', shard),
        opts: {
          ...JOB_OPTIONS.datasets,
          jobId: datasetJobId.shard(shard.dataset, shard.addition, shard.split, shard.shard),
          failParentOnFailure: true,
        },
      })),
    });
  }

  /** Asks for slices. A slice that is asked for already is not asked for twice. */
  async makeSlices(addresses: readonly SliceAddress[]): Promise<void> {
    await this.#queues.slices.addBulk(
      addresses.map((address) => ({
        name: 'make',
        data: parseJob('slices', 'make', { address }),
        opts: { jobId: sliceJobId(address) },
      })),
    );
  }

  /** Cancels what was asked for, except what a worker is already making. */
  async cancelSlices(addresses: readonly SliceAddress[]): Promise<void> {
    await Promise.all(addresses.map((address) => this.#queues.slices.remove(sliceJobId(address))));
  }

  /**
   * Queues a training run; the remains of an earlier job of the same run are cleared.
   * @param notify where notifications about the run go, instead of the default of its trainer
   */
  async train(run: string, notify?: string): Promise<void> {
    await this.#queues.runs.remove(runJobId(run));
    await this.#send('runs', 'train', { run, ...(notify === undefined ? {} : { notify }) }, runJobId(run));
  }

  /** Queues a notification. One that was queued already, and is kept, is not queued twice. */
  async notify(data: JobData<'notifications', 'deliver'>): Promise<void> {
    await this.#send('notifications', 'deliver', data, data.id);
  }

  async evaluate(data: JobData<'runs', 'evaluate'>): Promise<void> {
    await this.#send('runs', 'evaluate', data, `${data.run}/${data.pass}`);
  }

  /** Takes a job away that nobody works on yet. Returns false where a worker holds it. */
  async remove(queue: QueueName, jobId: string): Promise<boolean> {
    const job = await this.#queues[queue].getJob(jobId);
    if (job === undefined) return true;
    if (await job.isActive()) return false;
    await job.remove({ removeChildren: true });
    return true;
  }

  async report(queue: QueueName, jobId: string): Promise<JobReport> {
    // The state first: what is read of the job afterwards is at least as new, so an ended job has its reason or result.
    const state = await this.#queues[queue].getJobState(jobId);
    const job = (await this.#queues[queue].getJob(jobId)) as Job | undefined;
    if (job === undefined)
      return { state: 'absent', progress: undefined, result: undefined, error: undefined };
    return {
      state:
        state === 'active' || state === 'completed' || state === 'failed'
          ? state
          : state === 'unknown'
            ? 'absent'
            : 'waiting',
      progress: job.progress,
      result: job.returnvalue as unknown,
      error: state === 'failed' ? await this.#errorOf(queue, job) : undefined,
    };
  }

  /** What the finished shards of a dataset returned, how many are not, and the progress of those being made. */
  async datasetProgress(
    dataset: string,
    addition: string,
  ): Promise<{ returned: unknown[]; unfinished: number; active: unknown[] }> {
    const finish = (await this.#queues.datasets.getJob(datasetJobId.finish(dataset, addition))) as
      Job | undefined;
    const counts = await finish?.getDependenciesCount({ unprocessed: true });
    const returned = await finish?.getChildrenValues<unknown>();
    const active = (await this.#queues.datasets.getJobs(['active'])) as Job[];
    return {
      returned: Object.values(returned ?? {}),
      unfinished: counts?.unprocessed ?? 0,
      active: active
        .filter(({ id }) => id?.startsWith(`${dataset}/${addition}/`))
        .map(({ progress }) => progress),
    };
  }

  /** The runs that a trainer is training or evaluating, with what it last said of each. */
  async activeRuns(): Promise<TrainerJob[]> {
    return await this.#trainerJobs('active');
  }

  /** What trainers have in hand, and then what waits for them, in the order in which they will take it. */
  async trainerJobs(): Promise<TrainerJob[]> {
    return [...(await this.#trainerJobs('active')), ...(await this.#trainerJobs('waiting'))];
  }

  async #trainerJobs(state: TrainerJob['state']): Promise<TrainerJob[]> {
    const jobs = (await this.#queues.runs.getJobs([state], 0, -1, true)) as Job[];
    return jobs.map(({ name, data, progress }) => {
      const job = name as JobName<'runs'>;
      return { run: parseJob('runs', job, data).run, job, state, progress };
    });
  }

  /** Jobs of a queue that are being worked on, and those that wait, also for others. */
  async counts(queue: QueueName): Promise<{ active: number; waiting: number }> {
    const { active = 0, ...waiting } = await this.#queues[queue].getJobCounts(...UNFINISHED);
    return { active, waiting: Object.values(waiting).reduce((sum, count) => sum + count, 0) };
  }

  /** Jobs of a queue that failed for good and are kept: see JOB_OPTIONS. */
  async countFailed(queue: QueueName): Promise<number> {
    return (await this.#queues[queue].getJobCounts('failed'))['failed'] ?? 0;
  }

  /** The newest jobs of a queue that failed for good, at most so many. */
  async failed(queue: QueueName, most: number): Promise<FailedJob[]> {
    const jobs = (await this.#queues[queue].getJobs(['failed'], 0, most - 1, false)) as Job[];
    return jobs.map(({ id = '', name, finishedOn, attemptsMade, failedReason }) => ({
      ...{ queue, id, name, failedAt: finishedOn, attempts: attemptsMade },
      error: errorOfJob(failedReason),
    }));
  }

  /** The additions to a dataset of this name whose jobs wait or are being worked on. */
  async additionsInHand(dataset: string): Promise<string[]> {
    const ids = await this.#queues.datasets.getRanges([...UNFINISHED], 0, -1);
    const additions = ids.flatMap((id) => {
      const [name, addition, job] = id.split('/');
      return name === dataset && addition !== undefined && (job === 'plan' || job === 'finish')
        ? [addition]
        : [];
    });
    return [...new Set(additions)];
  }

  /** Whether a dataset is being made, or to be made. */
  async makesDatasets(): Promise<boolean> {
    const counts = await this.#queues.datasets.getJobCounts('active', 'waiting', 'delayed');
    return Object.values(counts).some((count) => count > 0);
  }

  async close(): Promise<void> {
    await Promise.all([...Object.values(this.#queues).map((queue) => queue.close()), this.#flow.close()]);
  }

  /** A job that waited for others fails with the one that failed: that one's reason is what counts. */
  async #errorOf(queue: QueueName, job: Job): Promise<AlexnetError> {
    const child = /^child \S+?:\w+:(\S+) failed$/.exec(job.failedReason)?.[1];
    const failed =
      child === undefined ? undefined : ((await this.#queues[queue].getJob(child)) as Job | undefined);
    return errorOfJob((failed ?? job).failedReason);
  }

  async #send<Q extends QueueName, J extends JobName<Q>>(
    queue: Q,
    job: J,
    data: JobData<Q, J>,
    jobId: string,
  ): Promise<void> {
    await this.#queues[queue].add(job, parseJob(queue, job, data), { jobId });
  }
}

/** BullMQ keeps only the message of what a job threw; `consume` makes that message the error as JSON. */
function errorOfJob(failedReason: string | undefined): AlexnetError {
  try {
    const error = AlexnetError.fromJSON(JSON.parse(failedReason ?? ''));
    if (error !== undefined) return error;
  } catch {
    // Not ours: BullMQ's own words, e.g. "job stalled more than allowable limit".
  }
  return new AlexnetError('INTERNAL', {
    expected: 'the job to end well',
    actual: messageOf(failedReason ?? 'no reason'),
    remedy: 'See the log of the process that ran the job.',
  });
}
