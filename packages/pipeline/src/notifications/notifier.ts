import { settlesWithin, type AlexnetError, type Logger } from '@alexnet/core';
import type { EndedJob } from '@alexnet/queues';
import { earlyEndOf } from '../early-end.ts';
import type { Pipeline } from '../open-pipeline.ts';
import { readRunSpec } from '../run-spec.ts';
import { readHistory } from '../show-run.ts';
import { makeEvent, type Happening, type NotifiedJob } from './event.ts';

/** For what the store adds to a notification. */
const READ_MS = 2_000;
/** For Redis to take it. After that it is still sent when Redis answers again, but nothing waits for it. */
const QUEUE_MS = 2_000;

/**
 * Queues notifications about runs. Training must not fail or wait because of one: each method takes a few seconds at most, and
 * logs what fails.
 */
export class Notifier {
  readonly #pipeline: Pick<Pipeline, 'queues' | 'store' | 'config'>;
  readonly #log: Logger;

  constructor(pipeline: Pick<Pipeline, 'queues' | 'store' | 'config'>, log: Logger) {
    this.#pipeline = pipeline;
    this.#log = log;
  }

  /** The job of a run ends: the run is finished, failed or was stopped. Other jobs are left alone. */
  async ended({ name, data, queuedAt, progress, end }: EndedJob<'runs'>): Promise<void> {
    if (name !== 'train') return;
    const job = { ...data, queuedAt };
    if (this.#receiverOf(job) === undefined) return;
    const how = 'error' in end ? failure(end.error) : outcome(end.result);
    if (how === undefined) return;
    await this.#send(job, { ...how, progress, ...(await this.#read(data.run, how.type)) });
  }

  /**
   * A run has waited for data for long, or goes on after such a wait.
   * @param since when the wait began, in milliseconds since 1970
   */
  async waited(
    job: NotifiedJob,
    {
      type,
      since,
      ...facts
    }: Pick<Happening, 'progress' | 'dataset'> & {
      type: 'run.waiting' | 'run.continued';
      since: number;
    },
  ): Promise<void> {
    await this.#send(job, { type, occurrence: since, ...facts });
  }

  #receiverOf({ notify }: NotifiedJob): string | undefined {
    return notify ?? this.#pipeline.config.notifyUrl;
  }

  async #send(job: NotifiedJob, happening: Happening): Promise<void> {
    const url = this.#receiverOf(job);
    if (url === undefined) return;
    const event = makeEvent(job, happening, Date.now());
    const { id, type } = event;
    const subject = { run: job.run, type, notification: id };
    const queued = this.#pipeline.queues.notify({ url, id, body: JSON.stringify(event) }).then(
      () => this.#log.debug(subject, 'notification queued'),
      (error: unknown) => this.#log.warn({ ...subject, error }, 'could not queue a notification'),
    );
    await settlesWithin(queued, QUEUE_MS);
  }

  /** What the store knows of a run that has ended. Without an answer in time, the notification goes without it. */
  async #read(run: string, type: Happening['type']): Promise<Pick<Happening, 'dataset' | 'endedEarly'>> {
    const { store } = this.#pipeline;
    const known: Pick<Happening, 'dataset' | 'endedEarly'> = {};
    const read = async (): Promise<void> => {
      const spec = await readRunSpec(store, run);
      known.dataset = spec.dataset.name;
      if (type !== 'run.finished') return;
      known.endedEarly = earlyEndOf(spec, await readHistory(store, run))?.reason ?? null;
    };
    const reading = read().catch((error: unknown) =>
      this.#log.debug({ run, error }, 'a notification goes without what the store knows'),
    );
    await settlesWithin(reading, READ_MS);
    return { ...known };
  }
}

/** A trainer that lost its run to another one says nothing about the run. */
function failure(error: AlexnetError): Pick<Happening, 'type' | 'error'> | undefined {
  return error.code === 'RUN_FENCED' ? undefined : { type: 'run.failed', error };
}

function outcome(result: object | undefined): Pick<Happening, 'type'> {
  const isDone = result !== undefined && 'status' in result && result.status === 'done';
  return { type: isDone ? 'run.finished' : 'run.stopped' };
}
